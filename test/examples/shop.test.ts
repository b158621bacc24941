import { afterAll, beforeAll, expect, test } from 'bun:test';
import { scripts } from '../../examples/shop/package.json';
import { chromiumPages } from '../support/browser/chromium.ts';
import { installLimitMs } from '../support/package/installed.ts';
import { needs } from '../support/processes/components.ts';
import { until } from '../support/until.ts';
import { type ServedShop, serveShop } from './served-shop.ts';

/** Carries out examples/shop/README.md in a copy of the folder. */

const open = chromiumPages();
let shop: ServedShop;

beforeAll(async () => {
  const packages = ['express', 'jsonwebtoken', 'react', 'react-dom'];
  shop = await serveShop('shop', { scripts, packages, ready: 'shop at' });
}, installLimitMs);

afterAll(() => shop?.[Symbol.asyncDispose]());

test('the backend signs tokens for the customer of its session, and for nobody else', async () => {
  expect((await fetch(`${shop.url}/api/token`)).status).toBe(401);
  const headers = { cookie: 'customer=ana' };
  const { token } = (await (await fetch(`${shop.url}/api/token`, { headers })).json()) as { token: string };
  const refused = await shop.application.tambuli('tail', 'orders:ben', '--token', token);
  expect(refused).toMatchObject({ code: 1, errors: expect.stringContaining('forbidden') });
});

needs('chromium')('the page shows the orders of its customer, and every change of theirs alone', async () => {
  const { application, url, change } = shop;
  await using page = await open(`${url}/login/ana`);
  const items = () => page.run(() => [...document.querySelectorAll('li')].map((each) => each.textContent));
  await until(async () => (await items()).join() === 'Rice, 5 kg: open');
  await application.sql(`update shop.orders set status = 'lost' where customer_id = 'ben'`);
  await application.sql(change);
  await until(async () => (await items()).join() === 'Rice, 5 kg: paid');
  await page.run(() => {
    const input = document.querySelector('input');
    if (input) input.value = 'Mangoes';
    document.querySelector('button')?.click();
  });
  await until(async () => (await items()).length === 2);
  expect(await items()).toEqual(['Rice, 5 kg: paid', 'Mangoes: open']);
});

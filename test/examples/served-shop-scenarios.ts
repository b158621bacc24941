import { expect } from 'bun:test';
import type { OpenPage } from '../support/browser/chromium.ts';
import { until } from '../support/until.ts';
import type { ServedShop } from './served-shop.ts';

/** The statements about every shop whose server renders the first list. */

const headers = { cookie: 'customer=ana' };

/** The position of a channel without a publication: a page that was rendered with it fetches its state again. */
const noPosition = 'none:0';

export async function rendersTheOrdersOfItsCustomer({ url }: ServedShop): Promise<void> {
  expect((await fetch(`${url}/token`)).status).toBe(401);
  expect((await fetch(`${url}/orders`)).status).toBe(401);
  expect(await (await fetch(url)).text()).not.toContain('Rice');
  const html = await (await fetch(url, { headers })).text();
  // React puts a comment between two texts.
  expect(html.replaceAll('<!-- -->', '')).toContain('Rice, 5 kg: open');
  expect(html).not.toContain('Coffee');
}

export async function goesOnFromTheRenderedList(shop: ServedShop, open: OpenPage): Promise<void> {
  const { application, url, change } = shop;
  // Only from its first publication on has the channel a position, with which a page that was rendered goes on.
  const position = async () => (await (await fetch(`${url}/orders`, { headers })).json()).position;
  expect(await position()).toBe(noPosition);
  await application.sql(`update shop.orders set status = 'packed' where customer_id = 'ana'`);
  await until(async () => (await position()) !== noPosition);

  await using page = await open(`${url}/login/ana`);
  const items = () => page.run(() => [...document.querySelectorAll('li')].map((each) => each.textContent));
  const shows = (text: string) => until(async () => (await items()).join() === text);
  await shows('Rice, 5 kg: packed');
  await application.sql(`update shop.orders set status = 'lost' where customer_id = 'ben'`);
  await application.sql(change);
  await shows('Rice, 5 kg: paid');
  await page.run(() => {
    const input = document.querySelector<HTMLInputElement>('input[name=item]');
    if (input) input.value = 'Mangoes';
    document.querySelector('button')?.click();
  });
  await shows('Rice, 5 kg: paid,Mangoes: open');

  const fetched = await page.run(() => performance.getEntriesByType('resource').map(({ name }) => name));
  expect(fetched).toContain(`${url}/token`);
  expect(fetched).not.toContain(`${url}/orders`);
}

import { afterAll, beforeAll, expect, test } from 'bun:test';
import { join } from 'node:path';
import { scripts } from '../../examples/shop/package.json';
import { fencesOf, pageAt, root } from '../docs/pages.ts';
import { chromiumPages } from '../support/browser/chromium.ts';
import { type Application, createApplication } from '../support/processes/application.ts';
import { needs } from '../support/processes/components.ts';
import { until } from '../support/until.ts';

/** Carries out examples/shop/README.md in a copy of the folder. */

const fences = fencesOf(pageAt('examples/shop/README.md'));
const open = chromiumPages();

let application: Application;
let shop: string;

const block = (language: string, place = 0) =>
  fences.filter((fence) => fence.language === language)[place]?.code ?? '';

/** Carries out a line of a shell block. Returns a program that goes on. */
async function carryOut(line: string) {
  const { folder, sql, tambuli, start, startTambuli } = application;
  const [program, ...words] = line.split(' ');
  if (program === 'psql') return sql(await Bun.file(join(folder, words.at(-1) ?? '')).text());
  const [name = '', ...rest] = words;
  if (program === 'bunx' && rest[0] === 'start') return startTambuli(...rest);
  if (program === 'bunx' && name === 'tambuli')
    return expect(await tambuli(...rest)).toMatchObject({ code: 0 });
  // The command of the script itself: a program that `bun run` has started outlives it.
  const [, ...command] = scripts[rest[0] as keyof typeof scripts].split(' ');
  const child = start(...command);
  if (rest[0] === 'build') return expect(await child.exited).toBe(0);
  return child;
}

beforeAll(async () => {
  const packages = ['express', 'jsonwebtoken', 'react', 'react-dom'];
  application = await createApplication({ from: join(root, 'examples/shop'), packages });
  const client = join(application.folder, 'node_modules/@tambuli/client');
  const exports = { '.': './index.ts', './react': './react.ts' };
  await Bun.write(join(client, 'package.json'), JSON.stringify({ name: '@tambuli/client', exports }));
  const source = join(root, 'clients/web/src');
  await Bun.write(join(client, 'index.ts'), `export * from '${source}/index.ts';`);
  await Bun.write(join(client, 'react.ts'), `export * from '${source}/react/index.ts';`);
  const lines = [...block('ini').split('\n'), 'SHOP_PORT=0'];
  await application.writeEnv(Object.fromEntries(lines.map((each) => each.split('=') as [string, string])));
  for (const line of block('sh').split('\n')) await carryOut(line);
  const [server, backend] = await Promise.all(block('sh', 1).split('\n').map(carryOut));
  await server?.next('Tambuli listens at');
  [, shop = ''] = / (http:\S+)/.exec((await backend?.next('shop at')) ?? '') ?? [];
});

afterAll(() => application?.[Symbol.asyncDispose]());

test('the backend signs tokens for the customer of its session, and for nobody else', async () => {
  expect((await fetch(`${shop}/api/token`)).status).toBe(401);
  const headers = { cookie: 'customer=ana' };
  const { token } = (await (await fetch(`${shop}/api/token`, { headers })).json()) as { token: string };
  const refused = await application.tambuli('tail', 'orders:ben', '--token', token);
  expect(refused).toMatchObject({ code: 1, errors: expect.stringContaining('forbidden') });
});

needs('chromium')('the page shows the orders of its customer, and every change of theirs alone', async () => {
  await using page = await open(`${shop}/login/ana`);
  const items = () => page.run(() => [...document.querySelectorAll('li')].map((each) => each.textContent));
  await until(async () => (await items()).join() === 'Rice, 5 kg: open');
  await application.sql(`update shop.orders set status = 'lost' where customer_id = 'ben'`);
  await application.sql(block('sql'));
  await until(async () => (await items()).join() === 'Rice, 5 kg: paid');
  await page.run(() => {
    const input = document.querySelector('input');
    if (input) input.value = 'Mangoes';
    document.querySelector('button')?.click();
  });
  await until(async () => (await items()).length === 2);
  expect(await items()).toEqual(['Rice, 5 kg: paid', 'Mangoes: open']);
});

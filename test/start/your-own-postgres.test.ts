import { afterAll, beforeAll, expect, test } from 'bun:test';
import { join } from 'node:path';
import { fencesOf, pageAt } from '../docs/pages.ts';
import { comparable, shellWords } from '../docs/transcripts/transcript.ts';
import { chromiumPages } from '../support/browser/chromium.ts';
import { type Application, createApplication } from '../support/processes/application.ts';
import { needs } from '../support/processes/components.ts';
import type { ServerProcess } from '../support/processes/process.ts';
import { until } from '../support/until.ts';

/** Carries out the page for applications of their own, block by block, in an empty folder. */

const fences = fencesOf(pageAt('docs/start/your-own-postgres.md'));
const open = chromiumPages();

let application: Application;
let shop: ServerProcess;

/** The code of the block of a language, by its place among those of the page. */
function block(language: string, place = 0): string {
  const fence = fences.filter((each) => each.language === language)[place];
  if (!fence) throw new Error(`The page has no block ${place} of ${language}.`);
  return fence.code.replaceAll('localhost:3000', `localhost:${application.port}`);
}

/** The words after `bunx tambuli` of a line of a block. */
function line(place: number, index = 0): string[] {
  const [, ...words] = (block('sh', place).split('\n')[index] ?? '').split(' tambuli ');
  return shellWords(words.join());
}

const write = (name: string, text: string) => Bun.write(join(application.folder, name), text);

beforeAll(async () => {
  application = await createApplication({ packages: ['express', 'jsonwebtoken'] });
  await application.sql(block('sql'));
  await write('server.js', block('js'));
  await write('orders.html', block('html'));
  const lines = block('ini').split('\n');
  await application.writeEnv(Object.fromEntries(lines.map((each) => each.split('=') as [string, string])));
});

afterAll(() => application?.[Symbol.asyncDispose]());

test('init writes three files, and leaves those that are there', async () => {
  const { tambuli, folder } = application;
  expect(await tambuli(...line(0))).toMatchObject({
    code: 0,
    out: expect.stringMatching(/^wrote tambuli.config.json\nwrote .env.example\nwrote tambuli.html\n/),
  });
  await write('tambuli.config.json', block('json'));
  expect(await tambuli(...line(0))).toMatchObject({
    code: 0,
    out: expect.stringContaining('kept  tambuli.config.json'),
  });
  expect(await Bun.file(join(folder, 'tambuli.config.json')).text()).toBe(block('json'));
});

test('the doctor names what is to be done before the start', async () => {
  const { code, out } = await application.tambuli(...line(5), '--json');
  expect(code).toBe(1);
  const { findings } = JSON.parse(out) as { findings: { check: string; state: string; next?: string }[] };
  expect(findings.filter(({ state }) => state === 'fault')).toMatchObject([
    { check: 'migrations', next: 'tambuli migrate' },
  ]);
});

test('the commands prepare the database', async () => {
  const { tambuli } = application;
  const dry = await tambuli(...line(1), '--dry-run');
  expect(dry).toMatchObject({
    code: 0,
    out: expect.stringMatching(/^realtime: 0000_\w+ is to run\n(realtime: \d{4}_\w+ is to run\n)+$/),
  });
  expect(await tambuli(...line(1))).toMatchObject({ code: 0 });
  expect(await tambuli(...line(2))).toEqual({
    code: 0,
    out: 'shop.orders: installed\n',
    errors: '',
  });
  expect(await tambuli(...line(1, 1))).toEqual({ code: 0, out: 'shop.orders: installed\n', errors: '' });
});

test('a change of a row reaches the customer, and nobody else', async () => {
  const { tambuli, startTambuli, start, sql } = application;
  shop = start('server.js');
  await startTambuli(...line(3)).next('Tambuli listens at');
  const reader = startTambuli(...line(4), '--count', '1');
  const other = await tambuli('tail', 'orders:7', '--user', '8');
  expect(other).toMatchObject({ code: 1, errors: expect.stringContaining('forbidden') });
  await reader.next('Reading orders:7');
  await sql(block('sql', 1));
  expect(comparable(await reader.next('order_update'))).toEqual(comparable(block('json', 1)));
  expect(await reader.exited).toBe(0);
  const after = await tambuli(...line(5));
  expect(after).toMatchObject({ code: 0, out: expect.stringContaining('ready at http') });
});

needs('chromium')('the page in the browser shows the row that changed', async () => {
  const { sql, port } = application;
  const [, url = ''] = / (http:\S+)/.exec(await shop.next('shop at')) ?? [];
  await using page = await open(`${url}/orders.html`, () => {
    new MutationObserver(() => {
      for (const item of document.querySelectorAll('li')) tell('item', item.textContent);
    }).observe(document, { childList: true, subtree: true });
  });
  await until(async () => (await page.run(() => document.title)) === 'Orders (live)');
  await sql(`update shop.orders set status = 'sent' where customer_id = 7`);
  expect((await page.next('item')).data).toBe('Order 1: sent');
  const query = new URLSearchParams({ server: `ws://localhost:${port}/ws/realtime`, channel: 'orders:7' });
  const { token } = (await (await fetch(`${url}/token`)).json()) as { token: string };
  await using other = await open(`${url}/tambuli.html?${query}#token=${token}`);
  const shown = (name: string) => other.run((each) => document.querySelector(each)?.textContent ?? '', name);
  await until(async () => (await shown('output')) === 'reading orders:7');
  await sql(`update shop.orders set status = 'done' where customer_id = 7`);
  await until(async () => (await shown('li')).includes('"done"'));
});

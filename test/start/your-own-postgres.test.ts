import { afterAll, beforeAll, expect, test } from 'bun:test';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { Database } from '../../src/db/connection/open.ts';
import { listenOn } from '../../src/db/embedded/embedded.ts';
import { fencesOf, pageAt } from '../docs/pages.ts';
import { comparable } from '../docs/transcripts/transcript.ts';
import { chromiumPages } from '../support/browser/chromium.ts';
import { openTestDatabase } from '../support/postgres/database.ts';
import { createEmptyDatabase } from '../support/postgres/postgres.ts';
import { needs } from '../support/processes/components.ts';
import { installPacked } from '../support/processes/packed.ts';
import { type ServerProcess, startServerProcess } from '../support/processes/process.ts';
import { until } from '../support/until.ts';

/** Carries out the page for applications of their own, block by block, in an empty folder. */

const fences = fencesOf(pageAt('docs/start/your-own-postgres.md'));
const open = chromiumPages();

const opened = new AsyncDisposableStack();
let folder: string;
let database: Database;
let secrets: Readonly<Record<string, string>>;
let port: number;
let shop: ServerProcess;

/** The code of the block of a language, by its place among those of the page. */
function block(language: string, place = 0): string {
  const fence = fences.filter((each) => each.language === language)[place];
  if (!fence) throw new Error(`The page has no block ${place} of ${language}.`);
  return fence.code.replaceAll('localhost:3000', `localhost:${port}`);
}

/** The words after `bunx tambuli` of each line of a block. */
const commands = (place: number) =>
  block('sh', place)
    .split('\n')
    .map((line) => line.split(' ').slice(2));

/** The environment of somebody who has no variable of ours set, with the program in reach as npm leaves it. */
const environment = () => ({
  PATH: [join(folder, 'node_modules/.bin'), process.env['PATH']].join(delimiter),
  NO_COLOR: '1',
  HOST: '127.0.0.1',
});

async function tambuli(args: readonly string[]) {
  const child = Bun.spawn([process.execPath, 'node_modules/.bin/tambuli', ...args], {
    cwd: folder,
    env: environment(),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [out, errors] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  return { out, errors, code: await child.exited };
}

/** A program that goes on, in the folder of the application. */
function background(...command: string[]): ServerProcess {
  return opened.use(startServerProcess(environment(), { command, cwd: folder }));
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tambuli-shop-'));
  opened.defer(() => rm(folder, { recursive: true }));
  port = await listenOn(0);
  const target = opened.use(await createEmptyDatabase());
  database = opened.use(await openTestDatabase(target.url));
  await installPacked(folder, ['express', 'jsonwebtoken']);
  secrets = {
    ...Object.fromEntries(
      block('ini')
        .split('\n')
        .map((line) => line.split('=') as [string, string]),
    ),
    DATABASE_URL: target.url,
    PORT: String(port),
  };
  for (const statement of block('sql').split(';\n')) await database.query(statement);
  await Bun.write(join(folder, 'server.js'), block('js'));
  await Bun.write(join(folder, 'orders.html'), block('html'));
  await Bun.write(
    join(folder, '.env'),
    Object.entries(secrets)
      .map(([name, value]) => `${name}=${value}\n`)
      .join(''),
  );
});

afterAll(() => opened.disposeAsync());

test('init writes three files, and leaves those that are there', async () => {
  const [init = []] = commands(0);
  expect(await tambuli(init)).toMatchObject({
    code: 0,
    out: expect.stringMatching(/^wrote tambuli.config.json\nwrote .env.example\nwrote tambuli.html\n/),
  });
  await Bun.write(join(folder, 'tambuli.config.json'), block('json'));
  expect(await tambuli([...init, '--format', 'json'])).toMatchObject({
    code: 0,
    out: expect.stringContaining('kept  tambuli.config.json'),
  });
  expect(await Bun.file(join(folder, 'tambuli.config.json')).text()).toBe(block('json'));
});

test('the doctor names what is to be done before the start', async () => {
  const { code, out } = await tambuli([...(commands(4)[0] ?? []), '--json']);
  expect(code).toBe(1);
  const { findings } = JSON.parse(out) as { findings: { check: string; state: string; next?: string }[] };
  expect(findings.filter(({ state }) => state === 'fault')).toMatchObject([
    { check: 'migrations', next: 'tambuli migrate' },
  ]);
});

test('the commands prepare the database', async () => {
  const [migrate = [], install = []] = commands(1);
  expect(await tambuli([...migrate, '--dry-run'])).toMatchObject({
    code: 0,
    out: 'realtime: has migrations to run\n',
  });
  expect(await tambuli(migrate)).toMatchObject({ code: 0 });
  expect(await tambuli(install)).toEqual({ code: 0, out: 'shop.orders: installed\n', errors: '' });
});

test('a change of a row reaches the customer, and nobody else', async () => {
  shop = background('server.js');
  const [start = []] = commands(2);
  const server = background('node_modules/.bin/tambuli', ...start);
  await server.next('"msg":"listening"');
  const [tail = []] = commands(3);
  const reader = background('node_modules/.bin/tambuli', ...tail, '--count', '1');
  const other = await tambuli(['tail', 'orders:7', '--user', '8']);
  expect(other).toMatchObject({ code: 1, errors: expect.stringContaining('forbidden') });
  await reader.next('Reading orders:7');
  await database.query(block('sql', 1));
  expect(comparable(await reader.next('order_update'))).toEqual(comparable(block('json', 1)));
  expect(await reader.exited).toBe(0);
  expect(await tambuli(commands(4)[0] ?? [])).toMatchObject({
    code: 0,
    out: expect.stringContaining('ready at http'),
  });
});

needs('chromium')('the page in the browser shows the row that changed', async () => {
  const [, url = ''] = / (http:\S+)/.exec(await shop.next('shop at')) ?? [];
  await using page = await open(`${url}/orders.html`, () => {
    new MutationObserver(() => {
      tell('title', document.title);
      for (const item of document.querySelectorAll('li')) tell('item', item.textContent);
    }).observe(document, { childList: true, subtree: true });
  });
  await until(async () => (await page.run(() => document.title)) === 'Orders (live)');
  await database.query(`update shop.orders set status = 'sent' where customer_id = 7`);
  expect((await page.next('item')).data).toBe('Order 1: sent');
  const address = `${url}/tambuli.html?${new URLSearchParams({ server: `ws://localhost:${port}/ws/realtime`, channel: 'orders:7' })}`;
  const { token } = (await (await fetch(`${url}/token`)).json()) as { token: string };
  await using other = await open(`${address}#token=${token}`);
  await until(
    async () => (await other.run(() => document.querySelector('output')?.textContent)) === 'reading orders:7',
  );
  await database.query(`update shop.orders set status = 'done' where customer_id = 7`);
  await until(async () =>
    (await other.run(() => document.querySelector('li')?.textContent ?? '')).includes('"done"'),
  );
});

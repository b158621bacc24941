import { afterAll, beforeAll, expect, test as plainTest } from 'bun:test';
import { join } from 'node:path';
import { countsOf, type Entry } from '../../clients/pages/src/demo/ledger.ts';
import type { Env } from '../../src/config/config.ts';
import { seedVenues } from '../../src/domains/venues/seed.ts';
import { type Page, pageTabs } from '../support/browser/pages.ts';
import { freePort } from '../support/network/free-port.ts';
import { openTestDatabase } from '../support/postgres/database.ts';
import { createTestDatabase } from '../support/postgres/postgres.ts';
import { needs } from '../support/processes/components.ts';
import { startServerProcess } from '../support/processes/process.ts';
import { startPagesService } from '../support/services/pages-service.ts';
import { jwtMode, startTestService, type TestService } from '../support/services/service.ts';

const test = needs('chromium');
const commands = join(import.meta.dir, '../../src/commands/main.ts');
const openTab = pageTabs();
const opened = new AsyncDisposableStack();
let service: TestService;

beforeAll(async () => {
  service = opened.use(await startPagesService());
});
afterAll(() => opened.disposeAsync());

const phoneOf = (page: Page, name: string) => page.getByRole('region', { name: `Phone of ${name}` });

async function arrived(page: Page, count: number): Promise<void> {
  for (const name of ['Mara', 'Jonas']) await phoneOf(page, name).getByText(`${count} arrived`).waitFor();
}

test('two phones that are cut, blocked, expired, asleep and ended at the server lose and double nothing', async () => {
  const as = { userId: 'owner-1', role: 'owner' };
  await using tab = await openTab(`${service.url}/realtime-demo`, { as });
  const { page } = tab;
  const live = (name: string) => phoneOf(page, name).locator('[data-kind=live]').waitFor();
  const publish = () => page.getByRole('button', { name: 'Publish', exact: true }).click();
  const mara = (button: string) => phoneOf(page, 'Mara').getByRole('button', { name: button }).click();
  const jonas = (button: string) => phoneOf(page, 'Jonas').getByRole('button', { name: button }).click();
  await live('Mara');
  await live('Jonas');
  await publish();
  await arrived(page, 1);
  await mara('Cut');
  await jonas('Expire the token');
  // The server itself has closed the connection, because of a token that it checks.
  await phoneOf(page, 'Jonas')
    .getByText(/expired 1$/)
    .waitFor();
  await live('Jonas');
  await publish();
  await arrived(page, 2);
  await mara('Block WebSocket');
  await phoneOf(page, 'Mara').locator('[title=sse], [title=poll]').waitFor({ timeout: 30_000 });
  await jonas('Sleep 30 s');
  await publish();
  await phoneOf(page, 'Mara').getByText('3 arrived').waitFor();
  await phoneOf(page, 'Jonas').getByText('1 behind').waitFor();
  await tab.picture('realtime-demo-broken');
  await jonas('Asleep');
  await page.getByRole('button', { name: 'End at the server' }).click();
  await page.getByRole('button', { name: 'Publish 20' }).click();
  await arrived(page, 23);
  await mara('Block WebSocket');
  expect(await page.locator('.ledger .figure').textContent()).toBe('lost 0 · doubled 0 · told 0');
  await tab.picture('realtime-demo-caught-up');
  expect(tab.faults).toEqual([]);
}, 120_000);

test('a process that has a phone is killed: the phone goes on with another process, and misses nothing', async () => {
  await using database = await createTestDatabase({ domains: ['venues'] });
  {
    await using connection = await openTestDatabase(database.url);
    await seedVenues(connection.db);
  }
  const PORT = String(await freePort());
  const env = { DATABASE_URL: database.url, DOMAINS: 'venues', BROKER: 'postgres', PORT };
  await using cluster = startServerProcess(env, { command: [commands, 'cluster', '--processes', '2'] });
  const urls = await cluster.urls();
  await using tab = await openTab(`${urls[0]}/realtime-demo`, { as: { userId: 'owner-1', role: 'owner' } });
  const { page } = tab;
  for (const name of ['Mara', 'Jonas']) await phoneOf(page, name).locator('[data-kind=live]').waitFor();
  await page.getByRole('button', { name: 'Publish', exact: true }).click();
  await arrived(page, 1);
  await page.getByRole('button', { name: 'Kill a process' }).click();
  const ended = JSON.parse(await cluster.next('"msg":"worker ended; another one follows"', 60_000));
  expect(ended.code).toBe(128 + 9);
  await page.getByRole('button', { name: 'Publish', exact: true }).click();
  await arrived(page, 2);
  expect(await page.locator('.ledger .figure').textContent()).toBe('lost 0 · doubled 0 · told 0');
}, 120_000);

plainTest('the demo breaks nothing in production, and nowhere where tokens are checked', async () => {
  const tokens = async (env: Env) => {
    await using server = await startTestService({ env });
    const wish = { userId: 'ana', role: 'admin', seconds: 30 };
    const { status, body } = await server.post('/api/demo/tokens', wish);
    const killed = await server.post('/api/demo/processes/p/kill', '');
    return { status, killed: killed.status, token: (body as { token?: string }).token };
  };
  expect(await tokens({ NODE_ENV: 'production', AUTH_MODE: 'insecure' })).toMatchObject({
    status: 404,
    killed: 404,
  });
  expect(await tokens(jwtMode)).toMatchObject({ status: 404, killed: 404 });
  // A single process has no successor.
  const there = await tokens({ DOMAINS: 'venues' });
  expect(there).toMatchObject({ status: 200, killed: 404, token: expect.any(String) });
});

plainTest('what is counted is the log against what a phone was given', () => {
  const entry = (offset: number, epoch = 'e'): Entry => ({ epoch, offset, text: '' });
  const log = [1, 2, 3, 4, 5, 6].map((offset) => entry(offset));
  const account = { from: { epoch: 'e', offset: 2 }, to: { epoch: 'e', offset: 5 }, told: 0 };
  expect(countsOf(log, { ...account, seen: [entry(3), entry(4), entry(5)] })).toEqual({
    lost: 0,
    doubled: 0,
    told: 0,
    behind: 1,
  });
  expect(countsOf(log, { ...account, told: 1, seen: [entry(3), entry(3), entry(5)] })).toEqual({
    lost: 1,
    doubled: 1,
    told: 1,
    behind: 1,
  });
  expect(countsOf(log, { ...account, from: undefined, seen: [] }).lost).toBe(0);
});

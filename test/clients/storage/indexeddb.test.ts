import { afterAll, beforeAll, expect } from 'bun:test';
import { join } from 'node:path';
import { Elysia } from 'elysia';
import type { createClient } from '../../../clients/web/src/index.ts';
import type { indexedDbStorage } from '../../../clients/web/src/indexeddb/index.ts';
import type { Client } from '../../../clients/web/src/types.ts';
import { defineDomain } from '../../../src/extension/domain.ts';
import { chromiumPages, type Page } from '../../support/browser/chromium.ts';
import { pageResponse } from '../../support/browser/page-service.ts';
import { needs } from '../../support/processes/components.ts';
import { openDomain } from '../../support/services/open-domain.ts';
import { startTestService, type TestService } from '../../support/services/service.ts';
import { until } from '../../support/until.ts';

/** The client of the page, and the data that its handler was given. */
interface KeptWorld {
  kept?: { readonly client: Client; readonly read: unknown[]; stored(prefix: string): Promise<number> };
}

const test = needs('chromium');
const openPage = chromiumPages();
const channel = 'open:kept';
let service: TestService;

beforeAll(async () => {
  const source = join(import.meta.dir, '../../../clients/web/src');
  const bundle = await Bun.build({
    entrypoints: ['page.ts'],
    files: {
      'page.ts': `export * from '${source}/index.ts'; export * from '${source}/indexeddb/index.ts';`,
    },
    target: 'browser',
  });
  const code = (await bundle.outputs[0]?.text()) ?? '';
  const headers = { 'content-type': 'text/javascript' };
  const pages = defineDomain({
    name: 'kept-page',
    channels: () => [],
    routes: () =>
      new Elysia({ name: 'kept-page' })
        .get('/page', pageResponse)
        .get('/client.js', () => new Response(code, { headers })),
  });
  service = await startTestService({ extraDomains: [openDomain, pages] });
});
afterAll(() => service[Symbol.asyncDispose]());

async function begin(name: string): Promise<void> {
  const module: {
    createClient: typeof createClient;
    indexedDbStorage: typeof indexedDbStorage;
  } = await import(`${location.origin}/client.js`);
  const storage = module.indexedDbStorage();
  const client = module.createClient(location.origin, { identity: { userId: 'ana' }, storage });
  const read: unknown[] = [];
  client.channel(name).subscribe(({ data }) => read.push(data));
  client.connect();
  (globalThis as KeptWorld).kept = {
    client,
    read,
    stored: async (prefix) => (await storage.entries(prefix)).length,
  };
}

const read = (page: Page) => page.run(() => (globalThis as KeptWorld).kept?.read ?? []);
const publish = (data: unknown) => service.post('/api/realtime/publish', { channel, type: 'note', data });

async function reload(page: Page): Promise<void> {
  await page.run(() => location.reload());
  await until(() => page.run(() => document.readyState === 'complete' && !(globalThis as KeptWorld).kept));
  await page.run(begin, channel);
}

test('a page that was reloaded goes on from its position and sends what waited in the outbox, once', async () => {
  await using page = await openPage(`${service.url}/page`);
  await page.run(begin, channel);
  const isSubscribed = () =>
    page.run(
      (name: string) => (globalThis as KeptWorld).kept?.client.channel(name).state.status === 'subscribed',
      channel,
    );
  await until(isSubscribed);
  await publish('before the reload');
  await until(async () => (await read(page)).length === 1);
  await page.run((name: string) => {
    const { client } = (globalThis as KeptWorld).kept ?? {};
    client?.disconnect();
    void client?.channel(name).publish('note', 'from the outbox', { key: 'kept-1' });
  }, channel);
  await until(async () => (await page.run(() => (globalThis as KeptWorld).kept?.stored('outbox/'))) === 1);
  await publish('during the reload');

  await reload(page);
  await until(async () => (await read(page)).length === 2);
  expect(await read(page)).toEqual(['during the reload', 'from the outbox']);
  await until(async () => (await page.run(() => (globalThis as KeptWorld).kept?.stored('outbox/'))) === 0);

  await reload(page);
  await until(isSubscribed);
  await publish('after the second reload');
  await until(async () => (await read(page)).length > 0);
  expect(await read(page)).toEqual(['after the second reload']);
});

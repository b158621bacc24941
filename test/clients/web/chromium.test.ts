import { afterAll, beforeAll, expect } from 'bun:test';
import { join } from 'node:path';
import { Elysia } from 'elysia';
import type { createClient } from '../../../clients/web/src/index.ts';
import type { Client, Publication } from '../../../clients/web/src/types.ts';
import { defineDomain } from '../../../src/extension/domain.ts';
import { chromiumPages, type Page } from '../../support/browser/chromium.ts';
import { pageResponse } from '../../support/browser/page-service.ts';
import { startTcpRelay } from '../../support/network/tcp-relay.ts';
import { needs } from '../../support/processes/components.ts';
import { openDomain } from '../../support/services/open-domain.ts';
import { startTestService, type TestService } from '../../support/services/service.ts';
import { until } from '../../support/until.ts';

declare global {
  var create: typeof createClient;
  var client: Client;
  var read: Publication[];
}

const test = needs('chromium');
const openPage = chromiumPages();
const channel = 'open:tabs';
let service: TestService;

beforeAll(async () => {
  const bundle = await Bun.build({
    entrypoints: [join(import.meta.dir, '../../../clients/web/src/index.ts')],
    minify: true,
    target: 'browser',
  });
  const code = (await bundle.outputs[0]?.text()) ?? '';
  const pages = defineDomain({
    name: 'client-page',
    channels: () => [],
    routes: () =>
      new Elysia({ name: 'client-page' })
        .get('/page', pageResponse)
        .get('/kept', keptPage)
        .get('/other', keptPage)
        .get(
          '/client.js',
          () =>
            new Response(code, {
              headers: { 'content-type': 'text/javascript', 'cache-control': 'no-cache' },
            }),
        ),
  });
  service = await startTestService({ extraDomains: [openDomain, pages] });
});
afterAll(() => service[Symbol.asyncDispose]());

/** No browser keeps a page that says `no-store`, as the routes of the server do unless they say otherwise. */
const keptPage = () =>
  new Response('<!doctype html><title>page</title>', {
    headers: { 'content-type': 'text/html', 'cache-control': 'no-cache' },
  });

/** In the page: a client of this user that reads the channel. */
async function begin(userId: string, name: string, share: boolean): Promise<void> {
  // A name that the bundler of the test does not follow.
  const { createClient } = await import(`${location.origin}/client.js`);
  globalThis.read = [];
  globalThis.client = createClient(location.origin, { identity: { userId }, share });
  client.channel(name).subscribe((publication) => read.push(publication));
  client.connect();
}

const status = (page: Page, name = channel) =>
  page.run((each: string) => `${client.channel(each).state.status} over ${client.state.transport}`, name);
const offsets = (page: Page) => page.run(() => read.map(({ offset }) => offset));

async function stands(page: Page, over: RegExp, name = channel): Promise<void> {
  await until(async () => over.test(await status(page, name)), 30_000);
}

async function publish(count: number, name = channel): Promise<void> {
  for (let n = 0; n < count; n++)
    await service.post('/api/realtime/publish', { channel: name, type: 'note', data: n });
}

async function sockets(): Promise<number> {
  const { body } = await service.get('/ws/status');
  return (body as { connectedClients: number }).connectedClients;
}

test('six tabs of one user share one connection, and another takes over when the one that leads goes', async () => {
  await using stack = new AsyncDisposableStack();
  const tabs: Page[] = [];
  for (let n = 0; n < 6; n++) {
    const tab = await openPage(`${service.url}/page`);
    if (n > 0) stack.use(tab);
    tabs.push(tab);
    await tab.run(begin, 'six', channel, true);
    await stands(tab, n === 0 ? /^subscribed over websocket/ : /^subscribed over tab/);
  }
  const first = tabs[0] as Page;
  expect(await sockets()).toBe(1);
  await publish(5);
  for (const tab of tabs) await until(async () => (await offsets(tab)).length === 5);

  await first[Symbol.asyncDispose]();
  await publish(5);
  const others = tabs.slice(1);
  for (const tab of others) {
    await until(async () => (await offsets(tab)).length === 10, 30_000);
    expect(await offsets(tab)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  }
  // A tab that is closed may have passed on the last ones before it went.
  const transports = () => Promise.all(others.map((tab) => tab.run(() => client.state.transport)));
  await until(async () => (await transports()).toSorted().join() === 'tab,tab,tab,tab,websocket', 30_000);
  await publish(5);
  for (const tab of others) await until(async () => (await offsets(tab)).length === 15);
}, 120_000);

test('behind a proxy that lets the 101 through and kills the socket, the client goes on by a stream', async () => {
  await using relay = await startTcpRelay(service.url, { killsWebSockets: true });
  await using page = await openPage(`${relay.url}/page`);
  await page.run(begin, 'proxied', 'open:proxied', false);
  await stands(page, /^subscribed over sse/, 'open:proxied');
  await publish(3, 'open:proxied');
  await until(async () => (await offsets(page)).length === 3);
  expect(await offsets(page)).toEqual([1, 2, 3]);
}, 120_000);

for (const share of [false, true]) {
  const who = share ? 'that shares its connection' : 'with a connection of its own';
  test(`a page ${who} is left, comes back from the cache of the browser, and goes on where it was`, async () => {
    const name = `open:back-${share}`;
    await using page = await openPage(`${service.url}/kept`);
    await page.run(begin, name, name, share);
    await page.run(() => {
      addEventListener('pageshow', (event) => tell('shown', (event as PageTransitionEvent).persisted));
    });
    await stands(page, /^subscribed over websocket/, name);
    await publish(1, name);
    await until(async () => (await offsets(page)).length === 1);
    await page.run(() => {
      location.assign('/other');
    });
    await until(async () => (await page.run(() => location.pathname)) === '/other', 30_000);
    await until(async () => (await sockets()) === 0, 30_000);
    await publish(2, name);
    await page.run(() => {
      history.back();
    });
    // A page that was loaded anew has no such listener, and its reasons stand in performance.getEntriesByType('navigation').
    expect(await page.next('shown', 30_000)).toMatchObject({ data: true });
    await until(async () => (await offsets(page)).length === 3, 30_000);
    expect(await offsets(page)).toEqual([1, 2, 3]);
  }, 120_000);
}

test('a page that comes to the front on a dead network is caught up on another connection within seconds', async () => {
  await using relay = await startTcpRelay(service.url);
  await using page = await openPage(`${relay.url}/page`);
  await page.run(begin, 'front', 'open:front', false);
  await stands(page, /^subscribed over websocket/, 'open:front');
  relay.stall(true);
  await publish(2, 'open:front');
  await page.run(() => {
    document.dispatchEvent(new Event('visibilitychange'));
  });
  await until(async () => (await offsets(page)).length === 2, 30_000);
  expect(await offsets(page)).toEqual([1, 2]);
}, 120_000);

test('the browser says that it is offline and online: the connection is looked after at once', async () => {
  await using relay = await startTcpRelay(service.url);
  await using page = await openPage(`${relay.url}/page`);
  await page.run(begin, 'offline', 'open:offline', false);
  await stands(page, /^subscribed over websocket/, 'open:offline');
  relay.cut();
  await publish(2, 'open:offline');
  await page.run(() => {
    dispatchEvent(new Event('offline'));
    dispatchEvent(new Event('online'));
  });
  await until(async () => (await offsets(page)).length === 2, 30_000);
  expect(await offsets(page)).toEqual([1, 2]);
}, 120_000);

import { describe, expect } from 'bun:test';
import type { ManagerOptions, io as openSocket, SocketOptions } from 'socket.io-client';
import { chromiumPages, type Page } from '../support/browser/chromium.ts';
import { pageResponse, startPageService } from '../support/browser/page-service.ts';
import { startTcpRelay, type TcpRelay } from '../support/network/tcp-relay.ts';
import { needs } from '../support/processes/components.ts';
import type { GatewayService } from '../support/services/gateway-service.ts';
import { makeToken } from '../support/services/service.ts';
import { until } from '../support/until.ts';

/** In pages: what the stock bundle leaves there. */
declare const io: typeof openSocket;

const test = needs('chromium');
const openPage = chromiumPages();

/** Runs in the page: loads the stock client, connects and subscribes once. Tells what it hears and by which way. */
async function talk(url: string, options: Partial<ManagerOptions & SocketOptions>): Promise<void> {
  const script = Object.assign(document.createElement('script'), { src: `${url}/socket.io.min.js` });
  await new Promise((resolve, reject) => {
    script.onload = resolve;
    script.onerror = reject;
    document.head.append(script);
  });
  const socket = io(url, { reconnectionDelay: 50, reconnectionDelayMax: 200, ...options });
  const via = () => socket.io.engine.transport.name;
  socket.io.on('open', () => {
    socket.io.engine.on('upgrade', () => tell('upgraded'));
    socket.io.engine.on('upgradeError', () => tell('not upgraded'));
  });
  socket.once('connect', () => socket.emit('subscribe', 'hearings'));
  socket.on('connect', () => tell('connect', { recovered: socket.recovered }));
  socket.on('disconnect', (why) => tell('disconnect', why));
  socket.on('connect_error', ({ message }) => tell('connect_error', message));
  socket.onAny((name, frame) => tell(name, { ...frame, via: via() }));
}

async function auth() {
  return { auth: { token: await makeToken() } };
}

function heard(page: Page): { offset: number; via: string }[] {
  return page.all('hearing_update').map(({ data }) => data as { offset: number; via: string });
}

/** Until the client has noticed: between two polls there is nothing to cut. */
async function cut(relay: TcpRelay, page: Page): Promise<void> {
  const before = page.all('disconnect').length;
  await until(() => {
    relay.cut();
    return page.all('disconnect').length > before;
  });
}

/** Live, over two cuts and live again: nothing is lost or repeated. */
async function expectAll(service: GatewayService, relay: TcpRelay, page: Page): Promise<void> {
  const publish = async (count: number) => {
    for (let n = 0; n < count; n++) await service.publishHearing();
  };
  await publish(5);
  for (let n = 0; n < 5; n++) await page.next('hearing_update');
  for (let round = 0; round < 2; round++) {
    await cut(relay, page);
    await publish(3);
    expect(await page.next('connect', 15_000)).toMatchObject({ data: { recovered: true } });
    await publish(2);
    for (let n = 0; n < 5; n++) await page.next('hearing_update');
  }
  expect(heard(page).map(({ offset }) => offset)).toEqual(Array.from({ length: 15 }, (_, n) => n + 1));
}

describe.each([
  ['a browser without WebSocket', false, () => void Reflect.deleteProperty(globalThis, 'WebSocket')],
  ['a browser behind a proxy that refuses WebSockets', true, undefined],
])('in %s', (_, refusesWebSockets, beforeScripts) => {
  test('the stock client polls, and misses and repeats nothing over cuts', async () => {
    await using service = await startPageService();
    await using relay = await startTcpRelay(service.url, { refusesWebSockets });
    const origin = `http://127.0.0.1:${relay.port}`;
    await using page = await openPage(`${origin}/page`, beforeScripts);
    await page.run(talk, origin, await auth());
    expect(await page.next('connect')).toMatchObject({ data: { recovered: false } });
    await page.next('subscribed');
    await page.next('not upgraded');
    await expectAll(service, relay, page);
    expect(new Set(heard(page).map(({ via }) => via))).toEqual(new Set(['polling']));
  });
});

test('the stock client of a browser goes from polling to WebSocket and recovers after cuts', async () => {
  await using service = await startPageService();
  await using relay = await startTcpRelay(service.url);
  const origin = `http://127.0.0.1:${relay.port}`;
  await using page = await openPage(`${origin}/page`);
  await page.run(talk, origin, await auth());
  await page.next('connect');
  await page.next('subscribed');
  await page.next('upgraded');
  await expectAll(service, relay, page);
  expect(heard(page)[0]).toMatchObject({ via: 'websocket' });
});

describe('for pages of another origin', () => {
  /** An application's own server; under its other name, `localhost`, it is another origin. */
  const startPages = () => {
    const server = Bun.serve({ port: 0, hostname: '127.0.0.1', fetch: pageResponse });
    const listed = `http://127.0.0.1:${server.port}`;
    const unlisted = `http://localhost:${server.port}`;
    return { listed, unlisted, [Symbol.asyncDispose]: () => server.stop(true) };
  };

  test('that is listed, the stock client connects, by polling first', async () => {
    await using pages = startPages();
    await using service = await startPageService({ CORS_ORIGINS: pages.listed });
    await using page = await openPage(pages.listed);
    await page.run(talk, service.url, await auth());
    await page.next('subscribed');
    await page.next('upgraded');
    await service.publishHearing();
    await page.next('hearing_update');
  });

  test('that is not listed, it is refused', async () => {
    await using pages = startPages();
    await using service = await startPageService({ CORS_ORIGINS: pages.listed });
    for (const [transport, message] of [
      ['polling', 'xhr poll error'],
      ['websocket', 'forbidden'],
    ] as const) {
      await using page = await openPage(pages.unlisted);
      const options = { transports: [transport], reconnection: false, ...(await auth()) };
      await page.run(talk, service.url, options);
      expect(await page.next('connect_error')).toMatchObject({ data: message });
      expect(page.all('connect')).toEqual([]);
    }
  });
});

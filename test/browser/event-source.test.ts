import { expect } from 'bun:test';
import { chromiumPages, type Page } from '../support/browser/chromium.ts';
import { startPageService } from '../support/browser/page-service.ts';
import { startTcpRelay } from '../support/network/tcp-relay.ts';
import { needs } from '../support/processes/components.ts';
import { createSeededDatabase } from '../support/services/gateway-service.ts';
import { makeToken } from '../support/services/service.ts';

const test = needs('chromium');
const openPage = chromiumPages();
const path = '/api/realtime/stream?channels=cases,hearings';
/** Chromium comes back from a cut after `retry`, 1 to 2 s. */
const comingBackMs = 15_000;

/** Runs in the page. What the browser's EventSource hears is told under the event's name. */
function listen(url: string): void {
  const source = new EventSource(url);
  for (const event of ['message', 'subscribed', 'reset', 'problem']) {
    source.addEventListener(event, ({ data }) => tell(event, JSON.parse(data)));
  }
  source.addEventListener('end', ({ data }) => tell(`end: ${JSON.parse(data).reason}`));
  source.onerror = () => tell(source.readyState === EventSource.CLOSED ? 'closed' : 'coming back');
  addEventListener('close source', () => source.close());
}

function offsets(page: Page): unknown[] {
  return page.all('message').map(({ data }) => (data as { offset: number }).offset);
}

test('the EventSource of a browser misses and repeats nothing over cuts, a lifetime and a new process', async () => {
  await using database = await createSeededDatabase();
  const env = { STREAM_LIFETIME_MS: '3000' };
  const first = await startPageService(env, database);
  await using relay = await startTcpRelay(first.url);
  await using page = await openPage(`http://127.0.0.1:${relay.port}/page`);
  await page.run(listen, `${path}&token=${await makeToken()}`);
  await page.next('subscribed');
  for (let n = 0; n < 3; n++) await first.publishHearing();
  for (let n = 0; n < 3; n++) await page.next('message');
  relay.cut();
  await first.publishHearing();
  await page.next('message', comingBackMs);
  await page.next('end: renew');
  await first.publishHearing();
  await page.next('message', comingBackMs);
  await first[Symbol.asyncDispose]();
  await page.next('end: shutdown');
  await using second = await startPageService({ ...env, PORT: new URL(first.url).port }, database);
  await second.publishHearing();
  await page.next('message', comingBackMs);
  expect(offsets(page)).toEqual([1, 2, 3, 4, 5, 6]);
});

test('the EventSource of a browser that has missed too much is told to reset', async () => {
  await using service = await startPageService();
  await using relay = await startTcpRelay(service.url);
  await using page = await openPage(`http://127.0.0.1:${relay.port}/page`);
  await page.run(listen, `${path}&token=${await makeToken()}`);
  await page.next('subscribed');
  // It comes back a second after the cut, and would find what is not yet deleted by then.
  relay.stall(true);
  for (let n = 0; n < 3; n++) await service.publishHearing();
  await service.database.query('delete from realtime_publications where "offset" < 3');
  relay.cut();
  expect(await page.next('reset', comingBackMs)).toMatchObject({
    data: { channel: 'hearings', recovered: false },
  });
  await service.publishHearing();
  await page.next('message');
  expect(offsets(page)).toEqual([4]);
});

test('the EventSource of a browser stays away from what it may not have', async () => {
  await using service = await startPageService();
  const forged = await makeToken({ secret: 'another-secret-of-more-than-thirty-two-bytes' });
  const resident = await makeToken({ user: 'resident7', role: 'resident' });
  for (const token of [forged, resident]) {
    await using page = await openPage(`${service.url}/page`);
    await page.run(listen, `${path}&token=${token}`);
    await page.next('closed');
    expect(page.all('coming back')).toEqual([]);
  }
});

test('the EventSource of a browser comes back from a refusal that passes', async () => {
  await using service = await startPageService({ LIMIT_STREAMS_PER_USER: '1', HEARTBEAT_MS: '500' });
  const url = `${path}&token=${await makeToken()}`;
  await using first = await openPage(`${service.url}/page`);
  await first.run(listen, url);
  await first.next('subscribed');
  await using second = await openPage(`${service.url}/page`);
  await second.run(listen, url);
  expect(await second.next('problem')).toMatchObject({ data: { code: 'too_many_connections' } });
  await first.run(() => dispatchEvent(new Event('close source')));
  await second.next('subscribed', comingBackMs);
  await service.publishHearing();
  await second.next('message');
  expect(offsets(second)).toEqual([1]);
});

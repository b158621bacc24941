import { expect } from 'bun:test';
import { chromiumPages, type Page } from '../support/browser/chromium.ts';
import { startPageService } from '../support/browser/page-service.ts';
import { needs } from '../support/processes/components.ts';
import { makeToken } from '../support/services/service.ts';

const test = needs('chromium');
const openPage = chromiumPages();

/** Runs in the page: a WebSocket that sends everything at once when it opens, and tells each frame under its type. */
function talk(protocols: string[], frames: object[]): void {
  const socket = new WebSocket('/ws/realtime', protocols);
  socket.onopen = () => {
    tell('open', socket.protocol);
    for (const frame of frames) socket.send(JSON.stringify(frame));
  };
  socket.onmessage = ({ data }) => {
    const frame = JSON.parse(data);
    tell(frame.type, frame);
  };
  socket.onclose = ({ code, wasClean }) => tell('close', { code, wasClean });
}

function subscribe(channel: string) {
  return { type: 'subscribe', channel };
}

function offsets(page: Page): unknown[] {
  return page.all('hearing_update').map(({ data }) => (data as { offset: number }).offset);
}

test('the WebSocket of a browser sends auth and four subscribes in one burst and hears everything in order', async () => {
  await using service = await startPageService();
  await using page = await openPage(`${service.url}/page`);
  const channels = ['hearings', 'cases', 'persons', 'notifications'];
  const auth = { type: 'auth', token: await makeToken() };
  await page.run(talk, [], [auth, ...channels.map(subscribe)]);
  expect(await page.next('open')).toMatchObject({ data: '' });
  await page.next('authenticated');
  for (const channel of channels) {
    expect(await page.next('subscribed')).toMatchObject({ data: { channel } });
  }
  for (let n = 0; n < 10; n++) await service.publishHearing();
  await service.publishCase();
  await page.next('case_update');
  for (let n = 0; n < 10; n++) await page.next('hearing_update');
  expect(offsets(page)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
});

test('the WebSocket of a browser brings its token in the subprotocols, and never gets it back', async () => {
  await using service = await startPageService();
  const bearer = `bearer.${await makeToken()}`;
  for (const protocols of [
    ['tambuli.v1', bearer],
    [bearer, 'tambuli.v1'],
  ]) {
    await using page = await openPage(`${service.url}/page`);
    await page.run(talk, protocols, [subscribe('hearings')]);
    expect(await page.next('open')).toMatchObject({ data: 'tambuli.v1' });
    await page.next('authenticated');
    await page.next('subscribed');
    await service.publishHearing();
    await page.next('hearing_update');
  }
});

test('a page is told by the close code why its socket went, and so whether to come back', async () => {
  const service = await startPageService();
  await using stays = await openPage(`${service.url}/page`);
  await stays.run(talk, ['tambuli.v1', `bearer.${await makeToken()}`], []);
  await stays.next('authenticated');
  await using refused = await openPage(`${service.url}/page`);
  await refused.run(talk, ['tambuli.v1', 'bearer.x.y.z'], []);
  expect(await refused.next('error')).toMatchObject({ data: { code: 'invalid_token' } });
  const { code } = (await refused.next('close')).data as { code: number };
  expect(code).toBeGreaterThanOrEqual(4500);
  await service[Symbol.asyncDispose]();
  expect(await stays.next('close')).toEqual({ event: 'close', data: { code: 4001, wasClean: true } });
});

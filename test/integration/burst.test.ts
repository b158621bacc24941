import { expect, test } from 'bun:test';
import type { Frame } from '../support/clients/frame.ts';
import { type OkHttpClient, startOkHttpClient } from '../support/clients/okhttp.ts';
import { connect } from '../support/clients/ws-client.ts';
import { startWscat } from '../support/clients/wscat.ts';
import { startTcpRelay } from '../support/network/tcp-relay.ts';
import { needs } from '../support/processes/components.ts';
import { jwtMode, makeToken, startTestService } from '../support/services/service.ts';

const testOkHttp = needs('okhttp');
const channels = ['hearings', 'cases', 'persons', 'notifications'];
const officer = { userId: 'user123', role: 'officer' };
const burst = [{ type: 'auth', ...officer }, ...channels.map((channel) => ({ type: 'subscribe', channel }))];
const answers = ['connected', 'authenticated user123', ...channels.map((channel) => `subscribed ${channel}`)];
const created = { hearingId: 123, eventType: 'created' };

function summary(frame: Frame): string {
  return [frame.type, frame['userId'] ?? frame['channel']].filter(Boolean).join(' ');
}

for (const implementation of ['bun', 'ws'] as const) {
  test(`auth and four subscribes in one burst are answered in order to ${implementation}'s client`, async () => {
    await using service = await startTestService();
    await using client = await connect(service.socketUrl, { implementation });
    for (const frame of burst) client.send(frame);
    for (const answer of answers) expect(summary(await client.next())).toBe(answer);
    await service.post('/ws/broadcast/hearing', created);
    expect(await client.next()).toMatchObject({ type: 'hearing_update', data: { id: 123 } });
  });
}

test('auth and four subscribes in one burst are answered in order to the stock wscat', async () => {
  await using service = await startTestService();
  await using wscat = await startWscat(service.socketUrl);
  for (const frame of burst) wscat.send(frame);
  for (const answer of answers) expect(summary(JSON.parse(await wscat.next()))).toBe(answer);
  await service.post('/ws/broadcast/hearing', created);
  expect(JSON.parse(await wscat.next())).toMatchObject({ type: 'hearing_update', data: { id: 123 } });
});

async function readAnswers(phone: OkHttpClient): Promise<void> {
  await phone.next('open');
  for (const answer of answers)
    expect(summary((await phone.next('message')).frame ?? { type: '' })).toBe(answer);
}

testOkHttp('the Android client works unchanged in insecure mode and closes with 1000', async () => {
  await using service = await startTestService();
  await using phone = await startOkHttpClient({ url: service.socketUrl, ...officer });
  await readAnswers(phone);
  await service.post('/ws/broadcast/hearing', created);
  expect((await phone.next('message')).frame).toMatchObject({ type: 'hearing_update', data: { id: 123 } });
  phone.send('close');
  expect(await phone.next('closed')).toMatchObject({ code: 1000 });
  expect(await phone.exited).toBe(0);
  expect(JSON.parse(await service.nextLog('socket closed'))).toMatchObject({ code: 1000 });
});

for (const header of [false, true]) {
  const where = header ? 'only in the Authorization header' : 'in the auth frame';
  testOkHttp(`the Android client works with its token ${where}`, async () => {
    await using service = await startTestService({ env: jwtMode });
    const token = await makeToken();
    await using phone = await startOkHttpClient({ url: service.socketUrl, token, header });
    await readAnswers(phone);
    await service.post('/ws/broadcast/hearing', created, { authorization: `Bearer ${token}` });
    expect((await phone.next('message')).frame).toMatchObject({ type: 'hearing_update', data: { id: 123 } });
  });
}

testOkHttp('the Android client with a token that is over is told by frame and code', async () => {
  await using service = await startTestService({ env: jwtMode });
  const token = await makeToken({ expiresIn: -10 });
  await using phone = await startOkHttpClient({ url: service.socketUrl, token, header: true });
  expect((await phone.next('error')).frame).toMatchObject({ code: 'token_expired' });
  expect(await phone.next('closing')).toMatchObject({ code: 4002 });
  expect(phone.all('subscribed')).toEqual([]);
});

testOkHttp('the Android client whose connection is cut comes back and hears again', async () => {
  await using service = await startTestService();
  await using relay = await startTcpRelay(service.url);
  const url = `ws://127.0.0.1:${relay.port}/ws/realtime`;
  await using phone = await startOkHttpClient({ url, ...officer, reconnectMs: 10 });
  await readAnswers(phone);
  relay.cut();
  await phone.next('failure');
  await readAnswers(phone);
  await service.post('/ws/broadcast/hearing', created);
  expect((await phone.next('message')).frame).toMatchObject({ type: 'hearing_update', data: { id: 123 } });
});

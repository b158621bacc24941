import { expect, test } from 'bun:test';
import { startOkHttpClient } from '../clients/okhttp.ts';
import { startWscat } from '../clients/wscat.ts';
import { startEchoServer } from '../network/echo-server.ts';
import { choose, needs } from './components.ts';

const testOkHttp = needs('okhttp');

test('where a component is installed its tests are ordinary tests', () => {
  expect(choose('anything', true, 'install it', true)).toBe(test);
});

test('outside CI a missing component skips its tests', () => {
  expect(choose('anything', false, 'apt-get install anything', false)).toBe(test.skip);
});

test('wscat sends what is typed, shows what comes and tells the close code', async () => {
  await using server = startEchoServer();
  await using wscat = await startWscat(server.url, ['-H', 'Authorization: Bearer x']);
  expect(await wscat.next()).toBe('{"type":"connected"}');
  wscat.send({ type: 'ping' });
  expect(await wscat.next()).toBe('{"type":"ping"}');
  expect(server.headers().get('authorization')).toBe('Bearer x');
  wscat.send('close 4001');
  expect(await wscat.closed).toEqual({ code: 4001, reason: 'as asked' });
});

testOkHttp('the Android client sends auth and four subscribes at once and closes with 1000', async () => {
  await using server = startEchoServer();
  await using phone = await startOkHttpClient({ url: server.url, userId: 'user123', role: 'officer' });
  await phone.next('open');
  expect((await phone.next('auth')).frame).toEqual({ type: 'auth', userId: 'user123', role: 'officer' });
  for (const channel of ['hearings', 'cases', 'persons', 'notifications']) {
    expect((await phone.next('subscribe')).frame).toEqual({ type: 'subscribe', channel });
  }
  phone.send('close');
  expect(await phone.next('closed')).toMatchObject({ code: 1000 });
  expect(await phone.exited).toBe(0);
});

testOkHttp('the Android client keeps its token in the header, answers closing, and pings', async () => {
  await using server = startEchoServer();
  // A pong that takes longer than the interval is a failure to OkHttp, however busy the machine is.
  await using phone = await startOkHttpClient({
    url: server.url,
    token: 'x.y.z',
    header: true,
    pingMs: 2_000,
  });
  await phone.next('subscribe');
  expect(server.headers().get('authorization')).toBe('Bearer x.y.z');
  expect(phone.all('auth')).toEqual([]);
  await phone.next('pinged');
  phone.send('send close 4001');
  expect(await phone.next('closing')).toMatchObject({ code: 4001, reason: 'as asked' });
  await phone.next('closed');
});

testOkHttp('the Android client reconnects after a failure', async () => {
  await using server = startEchoServer();
  await using phone = await startOkHttpClient({ url: server.url, token: 'x', reconnectMs: 10 });
  await phone.next('open');
  phone.send('cancel');
  await phone.next('failure');
  await phone.next('open');
  expect((await phone.next('auth')).frame).toEqual({ type: 'auth', token: 'x' });
});

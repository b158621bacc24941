import { describe, expect, test } from 'bun:test';
import { openSocketIo } from '../../support/clients/socket-io-client.ts';
import { connect } from '../../support/clients/ws-client.ts';
import { startGatewayService } from '../../support/services/gateway-service.ts';
import { roomDomain } from '../../support/services/room-domain.ts';
import { jwtMode, makeToken, serviceKey, startTestService } from '../../support/services/service.ts';
import { until } from '../../support/until.ts';

const officer = { userId: 'user123', role: 'officer' };

describe.each(['websocket', 'polling'] as const)('by %s', (transport) => {
  const transports = [transport];

  test('a flood of events ends the session, which is told how long to wait', async () => {
    const env = { LIMIT_FRAMES_PER_MINUTE: '5', LIMIT_CHANNELS_PER_SESSION: '5' };
    await using service = await startTestService({ env });
    await using client = await openSocketIo(service.url, { transports, auth: officer, reconnection: false });
    for (let n = 0; n < 5; n++) expect(await client.ask('ping')).toMatchObject({ type: 'pong' });
    for (let n = 0; n < 12; n++) client.socket.emit('ping');
    const error = await client.next('error');
    expect(error).toMatchObject({ code: 'rate_limited', retryAfterMs: expect.any(Number) });
    expect(await client.next('end')).toEqual({ type: 'end', code: 4008, reason: 'too_many_requests' });
    await client.next('disconnect');
  });

  test('all channels that are allowed are taken in one burst, by events of their own or by one', async () => {
    await using service = await startTestService({ env: { LIMIT_FRAMES_PER_MINUTE: '5' } });
    const channels = Array.from({ length: 128 }, (_, n) => `case:${n + 1}`);
    await using client = await openSocketIo(service.url, { transports, auth: officer });
    const answers = await Promise.all(channels.map((channel) => client.ask('subscribe', channel)));
    expect(answers.map(({ type }) => type)).toEqual(channels.map(() => 'subscribed'));

    await using other = await openSocketIo(service.url, { transports, auth: officer });
    other.socket.emit('subscribe', { channels: channels.map((channel) => ({ channel })) });
    for (const channel of channels) expect(await other.next('subscribed')).toMatchObject({ channel });
  });

  test('as many channels as are allowed are resumed, whatever their names, and what is denied ends nobody', async () => {
    const env = { LIMIT_FRAMES_PER_MINUTE: '5', LIMIT_ERRORS_PER_MINUTE: '1' };
    await using service = await startTestService({ env, extraDomains: [roomDomain] });
    const long = (n: number) => `rooms:${String(n).padStart(180, 'x')}`;
    const rooms = Array.from({ length: 64 }, (_, n) => long(n));
    const denied = Array.from({ length: 64 }, (_, n) => `nowhere${n}:1`);
    const since = [...rooms, ...denied].map((channel) => `${channel}@some:0`).join();
    const auth = { userId: 'nobody', role: 'user', since };
    await using client = await openSocketIo(service.url, { transports, auth, reconnection: false });
    const resumed: unknown[] = [];
    while (resumed.length < rooms.length) resumed.push((await client.next('subscribed'))['channel']);
    expect(resumed.sort()).toEqual(rooms.toSorted());
    for (let n = 0; n < denied.length; n++) {
      expect(await client.next('error')).toMatchObject({ code: 'unknown_channel' });
    }
    expect(await client.ask('ping')).toMatchObject({ type: 'pong' });
  });

  test('a client that identifies nobody in time is told, and does not come back for ever', async () => {
    await using service = await startTestService({ env: { ...jwtMode, AUTH_TIMEOUT_MS: '200' } });
    await using client = await openSocketIo(service.url, { transports });
    await client.next('connect');
    expect(await client.next('error')).toMatchObject({ code: 'auth_timeout' });
    expect(await client.next('end')).toMatchObject({ code: 4005, reason: 'auth_timeout' });
    expect(String(await client.next('disconnect'))).toBe('io server disconnect');
    expect(client.socket.active).toBe(false);
  });

  test('more channels than a session may have are refused', async () => {
    await using service = await startTestService({ env: { LIMIT_CHANNELS_PER_SESSION: '2' } });
    await using client = await openSocketIo(service.url, { transports, auth: officer });
    for (const channel of ['hearings', 'cases']) await client.ask('subscribe', channel);
    expect(await client.ask('subscribe', 'notifications')).toMatchObject({ code: 'too_many_channels' });
    const since = 'hearings@a:1,cases@a:1,notifications@a:1';
    const opening = openSocketIo(service.url, { transports, auth: { ...officer, since } });
    await expect(opening).rejects.toThrow('too_many_channels');
  });
});

test('an event larger than a frame ends the connection', async () => {
  await using service = await startTestService();
  for (const transport of ['websocket', 'polling'] as const) {
    const options = { transports: [transport], auth: officer, reconnection: false };
    await using client = await openSocketIo(service.url, options);
    client.socket.emit('ping', { id: 1, more: 'x'.repeat(70_000) });
    await client.next('disconnect');
  }
  await service.nextLog('socket closed');
  await service.nextLog('socket closed');
});

/** A WebSocket that speaks just enough to subscribe, and can stop reading. */
async function openRaw(url: string, token: string, since?: string) {
  const address = `${url.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket`;
  const client = await connect(address, { implementation: 'ws' });
  client.send(`40${JSON.stringify({ token, since })}`);
  await until(() => client.all().some((frame) => String(frame['text']).startsWith('40')));
  if (!since) client.send('42["subscribe","hearings"]');
  return client;
}

test('a WebSocket that does not read is ended at the send buffer, and the others notice nothing', async () => {
  await using service = await startGatewayService({ LIMIT_SEND_BUFFER_BYTES: '262144' });
  await service.database.query("update hearings set notes = repeat('x', 100000)");
  const auth = { token: await makeToken({ user: 'captain1' }) };
  await using reader = await openSocketIo(service.url, { transports: ['websocket'], auth });
  await reader.ask('subscribe', 'hearings');
  await using unread = await openRaw(service.url, await makeToken());
  await until(() => unread.all().some((frame) => String(frame['text']).startsWith('42["subscribed"')));
  unread.pause();
  let published = 0;
  while (!service.logged().includes('slow reader disconnected') && published < 200) {
    await service.publishHearing();
    published += 1;
  }
  expect(published).toBeLessThan(200);
  for (let offset = 1; offset <= published; offset++) {
    expect(await reader.next('hearing_update')).toMatchObject({ offset });
  }
  await until(async () => (await service.connected()) === 1);
});

test('what a slow WebSocket missed waits in the log, not in its send buffer', async () => {
  await using service = await startGatewayService({ LIMIT_SEND_BUFFER_BYTES: '262144' });
  await service.database.query("update hearings set notes = repeat('x', 100000)");
  for (let n = 0; n < 120; n++) await service.publishHearing();
  const since = `hearings@${await service.epochOf('hearings')}:0`;
  await using unread = await openRaw(service.url, await makeToken(), since);
  unread.pause();
  const auth = { token: await makeToken({ user: 'captain1' }), since };
  for (const transport of ['websocket', 'polling'] as const) {
    await using reader = await openSocketIo(service.url, { transports: [transport], auth });
    for (let offset = 1; offset <= 120; offset++) {
      expect(await reader.next('hearing_update')).toMatchObject({ offset });
    }
  }
  expect(service.logged()).not.toContain('slow reader');
  unread.resume();
  await until(() => unread.all().some((frame) => /"offset":120\b/.test(String(frame['text']))));
});

test('a client that stops polling is ended at the send buffer', async () => {
  await using service = await startTestService({ env: { ...jwtMode, LIMIT_SEND_BUFFER_BYTES: '262144' } });
  await service.database.query("update hearings set notes = repeat('x', 100000)");
  const address = `${service.url}/socket.io/?EIO=4&transport=polling`;
  const { sid } = JSON.parse((await (await fetch(address)).text()).slice(1)) as { sid: string };
  const post = (body: string) => fetch(`${address}&sid=${sid}`, { method: 'POST', body });
  await post(`40${JSON.stringify({ token: await makeToken() })}`);
  await (await fetch(`${address}&sid=${sid}`)).text();
  await post('42["subscribe","hearings"]');
  for (let n = 0; n < 5; n++) {
    await service.post(
      '/ws/broadcast/hearing',
      { hearingId: 123, eventType: 'updated' },
      { 'x-api-key': serviceKey },
    );
  }
  await service.nextLog('slow reader disconnected');
  await service.nextLog('socket closed');
});

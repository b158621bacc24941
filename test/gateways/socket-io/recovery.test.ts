import { describe, expect, test } from 'bun:test';
import { openSocketIo, type SocketIoClient } from '../../support/clients/socket-io-client.ts';
import { startTcpRelay, type TcpRelay } from '../../support/network/tcp-relay.ts';
import { startServerProcess } from '../../support/processes/process.ts';
import { createSeededDatabase, startGatewayService } from '../../support/services/gateway-service.ts';
import { jwtMode, makeToken, serviceKey } from '../../support/services/service.ts';
import { until } from '../../support/until.ts';

/** Takes publications on `hearings` up to this offset, in order from the next after `last`. */
async function takeUpTo(client: SocketIoClient, offset: number, last: number): Promise<void> {
  for (let next = last + 1; next <= offset; next++) {
    expect(await client.next('hearing_update')).toMatchObject({ offset: next });
  }
}

/** Until the client has noticed: between two polls there is nothing to cut. */
async function cut(relay: TcpRelay, client: SocketIoClient): Promise<void> {
  await until(() => {
    relay.cut();
    return !client.socket.connected;
  });
}

describe.each(['websocket', 'polling'] as const)('by %s', (transport) => {
  const open = async (url: string, more: object = {}) =>
    openSocketIo(url, { transports: [transport], auth: { token: await makeToken(), ...more } });

  test('after a cut the stock client is recovered: same subscriptions, what it missed, then live', async () => {
    await using service = await startGatewayService();
    await using relay = await startTcpRelay(service.url);
    await using client = await open(`http://127.0.0.1:${relay.port}`);
    await client.next('connect');
    await client.ask('subscribe', 'hearings');
    await client.ask('subscribe', 'cases');
    await service.publishHearing();
    await takeUpTo(client, 1, 0);
    for (let round = 0; round < 3; round++) {
      const before = 1 + round * 3;
      await cut(relay, client);
      await service.publishHearing();
      await service.publishHearing();
      expect(await client.next('connect')).toEqual({ recovered: true });
      await service.publishHearing();
      await takeUpTo(client, before + 3, before);
    }
    await service.publishCase();
    expect(await client.next('case_update')).toMatchObject({ channel: 'cases', offset: 1 });
    expect(client.all('hearing_update')).toHaveLength(10);
  });

  test('who was cut before its first publication misses none either', async () => {
    await using service = await startGatewayService();
    await using relay = await startTcpRelay(service.url);
    await using client = await open(`http://127.0.0.1:${relay.port}`);
    await client.next('connect');
    await client.ask('subscribe', 'hearings');
    await client.next('position');
    await cut(relay, client);
    await service.publishHearing();
    expect(await client.next('connect')).toEqual({ recovered: true });
    await takeUpTo(client, 1, 0);
  });

  test('a channel that was left stays left', async () => {
    await using service = await startGatewayService();
    await using relay = await startTcpRelay(service.url);
    await using client = await open(`http://127.0.0.1:${relay.port}`);
    await client.next('connect');
    await client.ask('subscribe', 'hearings');
    await client.ask('unsubscribe', 'hearings');
    await client.ask('ping');
    await cut(relay, client);
    expect(await client.next('connect')).toEqual({ recovered: true });
    expect(await service.get('/ws/status')).toMatchObject({ body: { activeChannels: [] } });
  });

  test('what the log holds no more is not called recovered, and is told with the position to go on from', async () => {
    await using service = await startGatewayService();
    await using relay = await startTcpRelay(service.url);
    await using client = await open(`http://127.0.0.1:${relay.port}`);
    await client.next('connect');
    await client.ask('subscribe', 'hearings');
    await service.publishHearing();
    await takeUpTo(client, 1, 0);
    // It comes back only once the log is pruned.
    client.socket.io.reconnection(false);
    await cut(relay, client);
    await service.publishHearing();
    await service.publishHearing();
    await service.database.query('delete from realtime_publications where "offset" <= 2');
    client.socket.connect();
    expect(await client.next('connect')).toEqual({ recovered: false });
    const position = `${await service.epochOf('hearings')}:3`;
    expect(await client.next('subscribed')).toMatchObject({
      channel: 'hearings',
      recovered: false,
      position,
    });
    await service.publishHearing();
    expect(await client.next('hearing_update')).toMatchObject({ offset: 4 });
  });

  test('identity and rules are asked again: a pid gives no right', async () => {
    // The server learns by the silence alone that a polling client was cut between two polls.
    await using service = await startGatewayService({ HEARTBEAT_MS: '5000' });
    await using relay = await startTcpRelay(service.url);
    const auth = { token: await makeToken() };
    await using client = await openSocketIo(`http://127.0.0.1:${relay.port}`, {
      transports: [transport],
      auth,
    });
    await client.next('connect');
    await client.ask('subscribe', 'hearings');
    await client.ask('subscribe', 'notifications');
    await client.ask('ping');
    auth.token = await makeToken({ role: 'resident' });
    await cut(relay, client);
    await service.publishHearing();
    await service.notify('user123', 1);
    expect(await client.next('connect')).toEqual({ recovered: false });
    expect(await client.next('error')).toMatchObject({ code: 'forbidden', channel: 'hearings' });
    expect(await client.next('notification')).toMatchObject({ offset: 1 });
    expect(client.all('hearing_update')).toEqual([]);
    auth.token = 'nonsense';
    await cut(relay, client);
    await until(() => !client.socket.active);
    await until(async () => (await service.connected()) === 0, 40_000);
  });

  test('a killed process is survived: another one answers from the log', async () => {
    await using database = await createSeededDatabase();
    const env = { ...jwtMode, DATABASE_URL: database.url, DOMAINS: 'barangay' };
    const first = startServerProcess(env);
    const url = await first.listening();
    const publish = async () => {
      const { status } = await fetch(`${url}/ws/broadcast/hearing`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-api-key': serviceKey },
        body: JSON.stringify({ hearingId: 123, eventType: 'updated' }),
        keepalive: false,
      });
      expect(status).toBe(200);
    };
    await using client = await open(url);
    await client.next('connect');
    await client.ask('subscribe', 'hearings');
    await publish();
    await takeUpTo(client, 1, 0);
    await first[Symbol.asyncDispose]();
    await using second = startServerProcess({ ...env, PORT: new URL(url).port });
    await second.listening();
    for (let n = 0; n < 3; n++) await publish();
    expect(await client.next('connect')).toEqual({ recovered: true });
    await publish();
    await takeUpTo(client, 5, 1);
  });

  test('positions of another transport resume at once, each channel under its own rule', async () => {
    await using service = await startGatewayService();
    for (let n = 0; n < 3; n++) await service.publishHearing();
    const epoch = await service.epochOf('hearings');
    await using client = await open(service.url, {
      since: `hearings@${epoch}:1,case:9@${epoch}:1,nothing@a:1`,
    });
    await client.next('connect');
    await takeUpTo(client, 3, 1);
    const answers = client.all('subscribed');
    expect(answers).toContainEqual({
      type: 'subscribed',
      channel: 'hearings',
      recovered: true,
      position: `${epoch}:1`,
    });
    expect(answers).toContainEqual(expect.objectContaining({ channel: 'case:9', recovered: false }));
    expect(client.all('error').map(({ code, channel }) => [channel, code])).toContainEqual([
      'nothing',
      'unknown_channel',
    ]);
  });
});

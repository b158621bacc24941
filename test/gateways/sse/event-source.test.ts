import { expect, test } from 'bun:test';
import { EventSource } from 'eventsource';
import { createInbox } from '../../support/clients/inbox.ts';
import { startTcpRelay } from '../../support/network/tcp-relay.ts';
import { createSeededDatabase, startGatewayService } from '../../support/services/gateway-service.ts';
import { makeToken } from '../../support/services/service.ts';

const path = '/api/realtime/stream?channels=cases,hearings';

/** The stock client, which comes back by itself; what it heard, by event. */
function listen(url: string) {
  const source = new EventSource(url);
  const inbox = createInbox<{ event: string; data: Record<string, unknown> }>('EventSource');
  for (const event of ['message', 'subscribed', 'reset', 'problem', 'end']) {
    source.addEventListener(event, ({ data }) => inbox.push({ event, data: JSON.parse(data) }));
  }
  return {
    source,
    next: (name: string) => inbox.next(({ event }) => event === name, name),
    offsets: () => inbox.all(({ event }) => event === 'message').map(({ data }) => Number(data['offset'])),
    [Symbol.dispose]: () => source.close(),
  };
}

test('EventSource misses and repeats nothing over cuts, a lifetime and a new process', async () => {
  await using database = await createSeededDatabase();
  const env = { STREAM_LIFETIME_MS: '3000' };
  const first = await startGatewayService(env, database);
  await using relay = await startTcpRelay(first.url);
  using client = listen(`http://127.0.0.1:${relay.port}${path}&token=${await makeToken()}`);
  await client.next('subscribed');
  await first.publishHearing();
  await client.next('message');
  relay.cut();
  await first.publishHearing();
  await client.next('message');
  expect(await client.next('end')).toMatchObject({ data: { reason: 'renew' } });
  await first.publishHearing();
  await client.next('message');
  await first[Symbol.asyncDispose]();
  expect(await client.next('end')).toMatchObject({ data: { reason: 'shutdown' } });
  await using second = await startGatewayService({ ...env, PORT: new URL(first.url).port }, database);
  await second.publishHearing();
  await client.next('message');
  expect(client.offsets()).toEqual([1, 2, 3, 4]);
});

test('EventSource that has missed too much is told to reset', async () => {
  await using service = await startGatewayService();
  await using relay = await startTcpRelay(service.url);
  using client = listen(`http://127.0.0.1:${relay.port}${path}&token=${await makeToken()}`);
  await client.next('subscribed');
  // It comes back a second after the cut, and would find what is not yet deleted by then.
  relay.stall(true);
  for (let n = 0; n < 3; n++) await service.publishHearing();
  await service.database.query('delete from realtime_publications where "offset" < 3');
  relay.cut();
  expect(await client.next('reset')).toMatchObject({ data: { channel: 'hearings', recovered: false } });
  await service.publishHearing();
  expect(await client.next('message')).toMatchObject({ data: { offset: 4 } });
});

test('EventSource, which gives up at any error status, comes back from a failure that passes', async () => {
  await using service = await startGatewayService({ LIMIT_STREAMS_PER_USER: '1', HEARTBEAT_MS: '500' });
  const url = `${service.url}${path}&token=${await makeToken()}`;
  using first = listen(url);
  await first.next('subscribed');
  using second = listen(url);
  expect(await second.next('problem')).toMatchObject({ data: { code: 'too_many_connections' } });
  first.source.close();
  await second.next('subscribed');
  await service.publishHearing();
  expect(await second.next('message')).toMatchObject({ data: { offset: 1 } });
});

test('EventSource that is not allowed stays away', async () => {
  await using service = await startGatewayService();
  const token = await makeToken({ user: 'resident7', role: 'resident' });
  using client = listen(`${service.url}${path}&token=${token}`);
  const { code } = await new Promise<{ code?: number | undefined }>((resolve) => {
    client.source.onerror = resolve;
  });
  expect(code).toBe(403);
  expect(client.source.readyState).toBe(EventSource.CLOSED);
});

test('curl -N shows publications as they come', async () => {
  await using service = await startGatewayService();
  const curl = Bun.spawn(['curl', '-sN', `${service.url}${path}&token=${await makeToken()}`], {
    stdout: 'pipe',
  });
  const reader = curl.stdout.getReader();
  let seen = '';
  const until = async (text: string) => {
    while (!seen.includes(text)) seen += new TextDecoder().decode((await reader.read()).value);
  };
  await until('event: subscribed');
  await service.publishHearing();
  await until('"offset":1,');
  expect(seen).toContain('data: {"type":"hearing_update","channel":"hearings"');
  curl.kill();
  await curl.exited;
});

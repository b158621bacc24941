import { afterAll, beforeAll, expect, test } from 'bun:test';
import { corePlatform } from '../../../clients/web/src/environment.ts';
import { type ClientOptions, createClient } from '../../../clients/web/src/index.ts';
import { openDomain } from '../../support/services/open-domain.ts';
import { readsOf } from '../../support/services/reads.ts';
import { startTestService, type TestService } from '../../support/services/service.ts';
import { until } from '../../support/until.ts';

let service: TestService;
beforeAll(async () => {
  service = await startTestService({ extraDomains: [openDomain] });
});
afterAll(() => service[Symbol.asyncDispose]());

/** Publications of which the server knows when a client had settled them. */
async function settledCount(): Promise<number> {
  const text = await (await fetch(`${service.url}/metrics`)).text();
  const [, count] = /^tambuli_settle_lag_seconds_count (\d+)/m.exec(text) ?? [];
  if (count === undefined) throw new Error('There is no series tambuli_settle_lag_seconds_count.');
  return Number(count);
}

const connected = (userId: string, options: ClientOptions = {}) => {
  const client = createClient(service.url, { identity: { userId }, pollIntervalMs: 50, ...options });
  client.connect();
  return client;
};
const transports = ['websocket', 'sse', 'poll'] as const;

for (const transport of transports)
  test(`a reader gets what another publishes, in order, and reaches its position over ${transport}`, async () => {
    const [reader, writer] = [connected('reader', { transports: [transport] }), connected('writer')];
    const room = reader.channel(`open:${transport}`);
    const read: unknown[] = [];
    room.subscribe(({ data }) => read.push(data));
    await until(() => room.state.status === 'subscribed');
    await writer.channel(`open:${transport}`).publish('note', 1);
    const { position } = await writer.channel(`open:${transport}`).publish('note', 2);
    await reader.reached(`open:${transport}`, position ?? '');
    expect(read).toEqual([1, 2]);
    expect(room.state).toMatchObject({ status: 'subscribed', position });
    reader.close();
    writer.close();
  });

for (const transport of transports)
  test(`a channel that the server forbids fails with its sentence, once, and the others go on over ${transport}`, async () => {
    const client = connected('nobody', { transports: [transport] });
    const errors: string[] = [];
    client.on('error', ({ message }) => errors.push(message));
    const [forbidden, open] = [client.channel('hearings'), client.channel('open:second')];
    forbidden.subscribe(() => undefined);
    open.subscribe(() => undefined);
    await until(() => forbidden.state.status === 'failed' && open.state.status === 'subscribed');
    expect(forbidden.state.error?.code).toBe('forbidden');
    expect(errors).toHaveLength(1);
    expect(errors[0]).toContain('use an identity whose role or tenant permits it');
    client.close();
  });

for (const transport of transports)
  test(`where history is gone, the state of each channel is fetched once over ${transport}`, async () => {
    const { database } = service;
    const names = [1, 2].map((n) => `open:gone-${transport}-${n}`);
    const publish = (count: number) =>
      database.query(
        'select realtime_publish(c, $2, null, $3) from unnest($1::text[]) c, generate_series(1, $4::int)',
        [names, 'note', '1', count],
      );
    const told: string[] = [];
    let requests = 0;
    const client = connected('gone', {
      transports: [transport],
      environment: {
        fetch(url, init) {
          requests++;
          return fetch(url, init);
        },
      },
    });
    const stand = (offset: number) =>
      until(() =>
        names.every((name) => client.channel(name).state.position?.endsWith(`:${offset}`) === true),
      );
    for (const name of names) {
      const getState = async () => ({ data: told.push(`state of ${name}`) });
      client.channel(name, { getState }).subscribe(({ offset }) => told.push(`${name} at ${offset}`));
    }
    await until(() => names.every((name) => client.channel(name).state.status === 'subscribed'));
    await publish(2);
    await stand(2);
    client.disconnect();
    // More than a process keeps in its memory.
    await publish(400);
    await until(async () => (await database.query('select from realtime_outbox limit 1')).length === 0);
    await database.query('delete from realtime_publications where channel = any($1) and "offset" < 400', [
      names,
    ]);
    told.length = requests = 0;
    client.connect();
    await stand(402);
    expect(told.sort()).toEqual(names.map((name) => `state of ${name}`));
    expect(client.channel(names[0] ?? '').state.recovered).toBeFalse();
    await publish(1);
    await stand(403);
    expect(told).toHaveLength(4);
    expect(requests).toBeLessThan(20);
    client.close();
  });

for (const transport of transports)
  test(`who is there is told over ${transport}, and a channel that keeps nobody goes on without`, async () => {
    const [watcher, other] = [connected('ana', { transports: [transport] }), connected('ben')];
    const lobby = watcher.channel(`lobby:${transport}`);
    const users: string[] = [];
    const counted: number[] = [];
    lobby.presence.subscribe((present) =>
      users.splice(0, users.length, ...present.users.map(({ userId }) => userId)),
    );
    watcher.channel('open:nobody').presence.subscribe(({ count }) => counted.push(count));
    other.channel(`lobby:${transport}`).subscribe(() => undefined);
    await until(() => users.some((user) => user === 'ben'));
    const read: unknown[] = [];
    watcher.channel('open:nobody').subscribe(({ data }) => read.push(data));
    await other.channel('open:nobody').publish('note', 1);
    await until(() => read.length === 1);
    expect([counted, watcher.channel('open:nobody').state.status]).toEqual([[], 'subscribed']);
    watcher.close();
    other.close();
  });

test('presence, whispers and history come through the same channel', async () => {
  const [one, other] = [connected('ana'), connected('ben')];
  const lobby = one.channel('lobby:1');
  const counts: number[] = [];
  const whispered: unknown[] = [];
  lobby.presence.subscribe(({ count }) => counts.push(count));
  lobby.whispers.subscribe(({ type, data, userId }) => whispered.push({ type, data, userId }));
  const theirs = other.channel('lobby:1');
  theirs.subscribe(() => undefined);
  await until(() => counts.at(-1) === 2 && theirs.state.status === 'subscribed');
  theirs.whisper('typing', { on: true });
  await until(() => whispered.length === 1);
  expect(whispered).toEqual([{ type: 'typing', data: { on: true }, userId: 'ben' }]);
  for (const n of [1, 2, 3]) await one.channel('open:third').publish('note', n);
  const page = await one.channel('open:third').history({ limit: 2 });
  expect(page.publications.map(({ data }) => data)).toEqual([2, 3]);
  expect(page.more).toBeTrue();
  one.close();
  other.close();
});

test('an operator sees the position that the handlers have settled, and is told it once', async () => {
  const name = 'open:held';
  const pings: { readonly positions?: string }[] = [];
  let wake = (): void => undefined;
  const client = connected('slow', {
    transports: ['websocket'],
    environment: {
      socket(url) {
        const socket = corePlatform.socket(url);
        const send = socket.send.bind(socket);
        socket.send = (text) => {
          const frame = JSON.parse(text);
          if (frame.type === 'ping') pings.push(frame);
          send(text);
        };
        return socket;
      },
      signals(report) {
        wake = () => report('wake');
        return () => undefined;
      },
    },
  });
  const handled: number[] = [];
  const held = Promise.withResolvers<void>();
  client.channel(name).subscribe(({ data }) => {
    handled.push(data as number);
    return data === 2 ? held.promise : undefined;
  });
  await until(() => client.channel(name).state.status === 'subscribed');
  const publish = async (data: number) => {
    const { body } = await service.post('/api/realtime/publish', { channel: name, type: 'note', data });
    return (body as { position: string }).position;
  };
  const [settled, head] = [await publish(1), await publish(2)];
  await until(() => handled.length === 2);
  wake();
  await until(async () => (await readsOf(service, 'slow'))[0]?.by === 'told');
  expect(await readsOf(service, 'slow')).toMatchObject([{ channel: name, position: settled, behind: 1 }]);
  wake();
  expect(pings.slice(-2)).toEqual([
    expect.objectContaining({ positions: `${name}@${settled}` }),
    expect.not.objectContaining({ positions: expect.anything() }),
  ]);
  const before = await settledCount();
  held.resolve();
  await client.reached(name, head);
  wake();
  await until(async () => (await readsOf(service, 'slow'))[0]?.position === head);
  expect(await readsOf(service, 'slow')).toMatchObject([{ behind: 0, by: 'told' }]);
  expect(await settledCount()).toBe(before + 1);
  client.close();
});

import { expect, test } from 'bun:test';
import { Value } from '@sinclair/typebox/value';
import { defineDomain } from '../../../src/extension/domain.ts';
import { Batches } from '../../../src/gateways/websocket/batches.ts';
import { BatchFrame } from '../../../src/protocol/frames/publication-frames.ts';
import type { Frame } from '../../support/clients/frame.ts';
import { connect, type WsClient } from '../../support/clients/ws-client.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { startTestService, type TestService } from '../../support/services/service.ts';
import { settle } from '../../support/services/session.ts';

/** `fast:{id}` goes out in batches, `plain:{id}` does not. */
const domain = defineDomain({
  name: 'fast',
  channels: () => [
    { pattern: 'fast:{id}', read: () => true, publish: () => true, batchMs: 100 },
    { pattern: 'plain:{id}', read: () => true, publish: () => true },
  ],
});

const start = () => startTestService({ extraDomains: [domain], env: { LIMIT_FRAMES_PER_MINUTE: '9999' } });

async function join(service: TestService, user: string, query: string, channel: string, since?: string) {
  const client = await connect(`${service.socketUrl}?userId=${user}${query}`);
  client.send({ type: 'subscribe', channel, ...(since && { since }) });
  await client.next('subscribed');
  return client;
}

const publish = (service: TestService, channel: string, n: number, more: object = {}) =>
  service.post('/api/realtime/publish', { channel, type: 'note', data: n, ...more });

/** Offsets of the publications in frames of both kinds, in the order they came. */
const offsets = (frames: readonly Frame[]) =>
  frames.flatMap((frame) =>
    frame.type === 'batch'
      ? (frame['publications'] as { offset: number }[]).map(({ offset }) => offset)
      : typeof frame['offset'] === 'number'
        ? [frame['offset']]
        : [],
  );

test('whoever asked gets what came shortly after each other as one frame; others, and other channels, as ever', async () => {
  await using service = await start();
  await using asked = await join(service, 'a', '&batch=true', 'fast:1');
  await using old = await join(service, 'b', '', 'fast:1');
  asked.send({ type: 'subscribe', channel: 'plain:1' });
  await asked.next('subscribed');
  // In one request they come in one turn, however busy the machine.
  const publications = [1, 2, 3, 4].map((data) => ({ channel: 'fast:1', type: 'note', data }));
  await service.post('/api/realtime/publish/batch', { publications });
  await publish(service, 'plain:1', 5);
  const batch = await asked.next('batch');
  expect(Value.Check(BatchFrame, batch)).toBe(true);
  expect(await asked.next('note')).toMatchObject({ channel: 'plain:1', offset: 1 });
  await settle(old);
  expect([asked.all('batch').length, old.all('batch').length]).toEqual([1, 0]);
  expect(batch['publications']).toEqual(old.all('note'));
  expect(offsets(old.all())).toEqual([1, 2, 3, 4]);
});

test('nothing comes twice, out of order or not at all, while others come, go and are excluded', async () => {
  await using service = await start();
  const readers = new Map<WsClient, number>();
  /** The client, and the first offset it is to hear of. */
  const add = async (since?: string) => {
    const client = await join(service, `user${readers.size}`, '&batch=true', 'fast:1', since);
    const { position } = client.all('subscribed')[0] as unknown as { position: string };
    readers.set(client, Number(position.split(':')[1]) + 1);
    return position;
  };
  const beginning = await add();
  const total = 300;
  for (let n = 1; n <= total; n++) {
    await publish(service, 'fast:1', n, n % 7 === 0 ? { exclude: { userId: `user${n % 5}` } } : {});
    if (n % 20 === 5) await add(n % 40 === 5 ? beginning : undefined);
  }
  for (const [client, first] of readers) {
    const seen = () => offsets(client.all());
    while (seen().at(-1) !== total) await client.next();
    expect(seen()).toEqual(Array.from({ length: total - first + 1 }, (_, n) => first + n));
    expect(client.all('batch').length).toBeGreaterThan(0);
    await client.close();
  }
});

test('a new life of the log is told after what went before it', async () => {
  await using service = await start();
  await using client = await join(service, 'a', '&batch=true', 'fast:1');
  await publish(service, 'fast:1', 1);
  await service.database.query('truncate realtime_channels, realtime_publications');
  await publish(service, 'fast:1', 1);
  expect(await client.next('subscribed')).toMatchObject({ recovered: false });
  expect(client.all().map(({ type }) => type)).toEqual([
    'connected',
    'authenticated',
    'subscribed',
    'batch',
    'subscribed',
  ]);
});

test('a batch goes out at its time, earlier when it is large, and never empty', () => {
  const clock = new ManualClock();
  const sent: string[] = [];
  const batches = new Batches(clock, (channel, text) =>
    sent.push(`${channel} ${JSON.parse(text).publications}`),
  );
  batches.add('a', '1', 100);
  clock.advance(60);
  batches.add('a', '2', 100);
  batches.add('b', '3', 100);
  clock.advance(40);
  expect(sent).toEqual(['a 1,2']);
  batches.flush('b');
  batches.flush('b');
  clock.advance(1_000);
  expect(sent).toEqual(['a 1,2', 'b 3']);
  batches.add('a', `"${'x'.repeat(70_000)}"`, 100);
  expect(sent).toHaveLength(3);
});

import { expect, test } from 'bun:test';
import { createLogger } from '../../src/logger.ts';
import { noTelemetry } from '../../src/realtime/ports/telemetry.ts';
import { Ring } from '../../src/realtime/trail/ring.ts';
import { Trail, trailCapacities } from '../../src/realtime/trail/trail.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { createEngine, someone } from '../support/services/engine.ts';

test('a ring keeps the newest, the newest first, and knows its oldest', () => {
  const ring = new Ring<number>(3);
  expect([...ring.backwards()]).toEqual([]);
  for (const n of [1, 2]) ring.push(n);
  expect([[...ring.backwards()], ring.isFull, ring.oldest]).toEqual([[2, 1], false, 1]);
  for (const n of [3, 4, 5]) ring.push(n);
  expect([[...ring.backwards()], ring.isFull, ring.oldest]).toEqual([[5, 4, 3], true, 3]);
});

/** An engine whose log lines at `debug` are kept. */
function watched(level: string) {
  const lines: Record<string, unknown>[] = [];
  const logger = createLogger(level, { write: (line) => lines.push(JSON.parse(line)) });
  const trail = new Trail(new ManualClock(), logger);
  const telemetry = {
    ...noTelemetry,
    delivered: (sessions: number, _lag: number, publication: Parameters<Trail['delivered']>[1]) =>
      trail.delivered(sessions, publication),
    published: (_count: number, all: readonly Parameters<Trail['published']>[0][]) => {
      for (const each of all) trail.published(each);
    },
  };
  const engine = createEngine({ telemetry });
  trail.watch(engine.manager);
  return { ...engine, trail, lines };
}

test('connections, subscriptions, publications and fan-outs are remembered, and logged under ids that join', async () => {
  const { manager, connect, subscribe, trail, lines } = watched('debug');
  const { session } = await connect(someone);
  await subscribe(session, 'open');
  const { publication } = await manager.publish({ channel: 'open', type: 'note', data: 1 });
  manager.unsubscribe(session, 'open');
  await subscribe(session, 'open', `${publication.epoch}:0`);
  manager.close(session);
  expect([...trail.steps.backwards()].map(({ kind, offset }) => [kind, offset])).toEqual([
    ['ended', undefined],
    ['resumed', 0],
    ['unsubscribed', 1],
    ['subscribed', 0],
    ['identified', undefined],
  ]);
  expect([...trail.fanOuts.backwards()]).toMatchObject([{ channel: 'open', offset: 1, sessions: 1 }]);
  const said = lines.map(({ msg, clientId, publicationId }) => [msg, clientId ?? publicationId]);
  expect(said).toEqual([
    ['session identified', session.id],
    ['session subscribed', session.id],
    ['publication delivered', publication.id],
    ['publication added to the log', publication.id],
    ['session unsubscribed', session.id],
    ['session subscribed from a position', session.id],
    ['session ended', session.id],
  ]);
  expect(lines[2]).toMatchObject({ channel: 'open', offset: 1, sessions: 1 });
});

test('the memory is bounded, says from when on it is whole, and writes nothing above debug', async () => {
  const { trail, lines } = watched('info');
  const publication = { id: 'p', channel: 'open', epoch: 'e', type: 't', data: '1', timestamp: '' };
  for (let offset = 1; offset <= trailCapacities.fanOuts + 10; offset += 1) {
    trail.delivered(1, { ...publication, offset });
  }
  expect([...trail.fanOuts.backwards()]).toHaveLength(trailCapacities.fanOuts);
  expect(trail.fanOuts.oldest?.offset).toBe(11);
  expect(trail.stepsSince).toBe(trail.startedAt);
  for (let n = 0; n < trailCapacities.refusals + 1; n += 1) trail.refused('rate_limited');
  trail.refused('internal');
  expect([...trail.errors.backwards()]).toMatchObject([{ code: 'internal' }]);
  expect([...trail.refusals.backwards()]).toHaveLength(trailCapacities.refusals);
  expect(lines).toEqual([]);
});

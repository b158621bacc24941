import { expect, test } from 'bun:test';
import { noTelemetry } from '../../../src/realtime/ports/telemetry.ts';
import { positionOfLive } from '../../../src/realtime/sessions/told-positions.ts';
import { createEngine, limits, someone } from '../../support/services/engine.ts';

const { heartbeatMs } = limits;

/** A reader of `open` and `team`. */
async function reading() {
  const lags: number[] = [];
  const engine = createEngine({ telemetry: { ...noTelemetry, settled: (lagMs) => lags.push(lagMs) } });
  const { clock, manager } = engine;
  const { session } = await engine.connect(someone);
  for (const channel of ['open', 'lobby']) await engine.subscribe(session, channel);
  const liveOf = (channel: string) => {
    const live = session.subscriptions.get(channel);
    if (!live) throw new Error('The session reads nothing.');
    return live;
  };
  const publish = (channel = 'open') => manager.publish({ channel, type: 'note', data: 1 });
  return {
    ...{ clock, session, publish, lags },
    /** The client pings with offsets by channel, the last of which it settled so long ago. */
    ping(offsets: Readonly<Record<string, number>>, settledMs?: number) {
      const vector = new Map(
        Object.entries(offsets).map(([channel, offset]) => {
          const { epoch } = liveOf(channel).position;
          return [channel, { epoch, offset }];
        }),
      );
      manager.sessions.told(session, { vector, settledMs });
    },
    pingOnly: () => manager.sessions.told(session),
    where: () => positionOfLive(session, liveOf('open'), { now: clock.now(), monotonic: clock.monotonic() }),
  };
}

/** A reader of `open` that was sent two publications and says that it has one. */
async function behind() {
  const reader = await reading();
  await reader.publish();
  await reader.publish();
  reader.ping({ open: 1 });
  return reader;
}

test('the word of a client that is behind holds as long as it pings', async () => {
  const { clock, pingOnly, where } = await behind();
  for (let n = 0; n < 5; n += 1) {
    expect(where()).toMatchObject({ offset: 1, by: 'told' });
    clock.advance(heartbeatMs);
    pingOnly();
  }
});

test('a client that hears so much that it pings no more is not held at its last word', async () => {
  const { clock, where } = await behind();
  clock.advance(3 * heartbeatMs - 1);
  expect(where()).toMatchObject({ offset: 1, by: 'told' });
  clock.advance(1);
  expect(where()).toMatchObject({ offset: 2, by: 'sent' });
});

test('the time from commit to screen is known without an error of the pause between pings', async () => {
  const { clock, ping, publish, lags } = await reading();
  ping({ open: 0, lobby: 0 });
  await publish();
  clock.advance(20_120);
  ping({ open: 1, lobby: 0 }, 20_000);
  await publish('lobby');
  clock.advance(40);
  ping({ open: 1, lobby: 1 }, 0);
  expect(lags).toEqual([120, 40]);
});

test('half of the round trip is the way of the ping, and no part of the time to the screen', async () => {
  const { clock, session, ping, publish, lags } = await reading();
  Object.assign(session.transport, { roundTrips: { latencyMs: 30 } });
  ping({ open: 0 });
  await publish();
  clock.advance(100);
  ping({ open: 1 }, 50);
  expect(lags).toEqual([35]);
});

test('of what may have come while the client was away, or is not known to be the last, no time is told', async () => {
  const { clock, session, ping, publish, lags } = await reading();
  await publish();
  // The publication that it had settled when it spoke first.
  ping({ open: 1, lobby: 0 }, 10);
  await publish();
  clock.advance(1);
  Object.assign(session, { openedAt: clock.now() });
  ping({ open: 2, lobby: 0 }, 0);
  await publish();
  await publish('lobby');
  // One of two was settled last.
  ping({ open: 3, lobby: 1 }, 10);
  // Nothing has moved.
  ping({ open: 3, lobby: 1 }, 10);
  await publish();
  ping({ open: 4, lobby: 1 });
  await publish();
  // Before its commit, by far.
  clock.advance(10_000);
  ping({ open: 5, lobby: 1 }, 60_000);
  ping({ open: 6, lobby: 1 }, -60_000);
  expect(lags).toEqual([]);
});

import { expect, test } from 'bun:test';
import {
  type LastPosition,
  LastPositions,
  maxDevices,
  maxPositions,
} from '../../src/db/operation/last-positions.ts';
import { createLogger } from '../../src/logger.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { openTestDatabase } from '../support/postgres/database.ts';
import { createTestDatabase } from '../support/postgres/postgres.ts';
import { until } from '../support/until.ts';

const positionOf = (userId: string, more: Partial<LastPosition> = {}): LastPosition => ({
  channel: 'hearings',
  userId,
  deviceId: '',
  epoch: 'e',
  offset: 1,
  transport: 'websocket',
  seenAt: 0,
  ...more,
});

test('positions that come during a slow write are written after it', async () => {
  const clock = new ManualClock();
  const written: unknown[] = [];
  const slow = Promise.withResolvers<void>();
  const query = async (_text: string, columns: readonly unknown[] = []) => {
    written.push(columns[1]);
    if (written.length === 1) await slow.promise;
    return [];
  };
  await using positions = new LastPositions({ query: query as never, clock, logger: createLogger('silent') });
  positions.note(positionOf('ana'));
  clock.advance(5_000);
  await until(() => written.length === 1);
  positions.note(positionOf('ben'));
  clock.advance(5_000);
  slow.resolve();
  await until(() => written.length === 2);
  positions.note(positionOf('cora'));
  clock.advance(5_000);
  await until(() => written.length === 3);
  expect(written).toEqual([['ana'], ['ben'], ['cora']]);
});

/** A writer over a database of its own, and what it holds of a person. */
async function writing() {
  await using opened = new AsyncDisposableStack();
  const { url } = opened.use(await createTestDatabase());
  const { query } = opened.use(await openTestDatabase(url));
  const clock = new ManualClock();
  const positions = opened.use(new LastPositions({ query, clock, logger: createLogger('silent') }));
  const owned = opened.move();
  return {
    positions,
    kept: (userId: string) =>
      query<{ channel: string; device_id: string }>(
        'select channel, device_id from realtime_positions where user_id = $1 order by seen_at',
        [userId],
      ),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

test('of the devices that a client names in a channel, the latest are kept, whatever others have', async () => {
  await using writer = await writing();
  const { positions } = writer;
  positions.note(positionOf('ben'));
  for (let n = 0; n < 60; n += 1) {
    positions.note(positionOf('ana', { deviceId: `invented ${n}`, seenAt: n }));
    // Each comes by a connection of its own, at last.
    if (n >= 55) await positions.write();
  }
  const devices = (await writer.kept('ana')).map((row) => row.device_id);
  expect(devices).toEqual(Array.from({ length: maxDevices }, (_, n) => `invented ${60 - maxDevices + n}`));
  expect(await writer.kept('ben')).toHaveLength(1);
});

test('of the channels that a person reads, so many are kept, the latest', async () => {
  await using writer = await writing();
  const { positions } = writer;
  for (let n = 0; n < maxPositions + 300; n += 1) {
    positions.note(positionOf('ana', { channel: `venue:${n}`, seenAt: n }));
  }
  await positions.write();
  const channels = (await writer.kept('ana')).map((row) => row.channel);
  expect(channels).toHaveLength(maxPositions);
  expect([channels.at(0), channels.at(-1)]).toEqual(['venue:300', `venue:${maxPositions + 299}`]);
});

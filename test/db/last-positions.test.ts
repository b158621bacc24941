import { expect, test } from 'bun:test';
import { LastPositions } from '../../src/db/operation/last-positions.ts';
import { createLogger } from '../../src/logger.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { until } from '../support/until.ts';

const positionOf = (userId: string) => ({
  channel: 'hearings',
  userId,
  deviceId: '',
  epoch: 'e',
  offset: 1,
  transport: 'websocket',
  seenAt: 0,
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

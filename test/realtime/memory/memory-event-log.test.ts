import { expect, test } from 'bun:test';
import { MemoryEventLog } from '../../../src/realtime/memory/event-log.ts';
import { draft, eventLogContract } from '../../contracts/event-log.ts';

function createLog(now: () => number): MemoryEventLog {
  let epochs = 0;
  return new MemoryEventLog({ now, createEpoch: () => `epoch${++epochs}` });
}

eventLogContract('the memory log', async () => {
  const log = createLog(Date.now);
  return { logs: [log, log], [Symbol.asyncDispose]: () => Promise.resolve() };
});

test('timestamps stand still while the clock of the process runs backwards', async () => {
  const times = [2_000, 1_000, 3_000];
  const log = createLog(() => times.shift() ?? 0);
  const publications = [];
  for (let n = 0; n < 3; n++) publications.push(...(await log.append([draft('a')])));
  expect(publications.map(({ timestamp }) => Date.parse(timestamp))).toEqual([2_000, 2_000, 3_000]);
});

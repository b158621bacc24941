import { expect, test } from 'bun:test';
import { PostgresEventLog } from '../../../src/db/log/event-log.ts';
import { draft } from '../../contracts/event-log.ts';
import { openTestDatabase } from '../../support/postgres/database.ts';
import { createTestDatabase } from '../../support/postgres/postgres.ts';

async function openSubject() {
  const stack = new AsyncDisposableStack();
  const { url } = stack.use(await createTestDatabase());
  const database = stack.use(await openTestDatabase(url));
  return { database, log: new PostgresEventLog(database), [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

const ageBy = (interval: string) =>
  `update realtime_channel_openings set opened_at = opened_at - interval '${interval}'`;

test('names that were read and never published on are forgotten after an hour, used and live ones never', async () => {
  await using subject = await openSubject();
  const { database, log } = subject;
  for (const name of ['case:no-such', 'case:used', 'case:live']) await log.head(name);
  await log.append([draft('case:used'), draft('case:first-published')]);
  await database.query(ageBy('59 minutes'));
  expect(await log.forgetUnused([], 100)).toBe(0);
  // Half of the time is over: what somebody reads begins anew.
  expect(await log.forgetUnused(['case:live'], 100)).toBe(0);
  await database.query(ageBy('2 minutes'));
  expect(await log.forgetUnused([], 100)).toBe(2);
  const names = await database.query<{ name: string }>('select name from realtime_channels order by name');
  expect(names.map(({ name }) => name)).toEqual(['case:first-published', 'case:live', 'case:used']);
  expect(await database.query('select name from realtime_channel_openings')).toEqual([{ name: 'case:live' }]);
});

test('a channel that was forgotten begins a new life, from offset 1', async () => {
  await using subject = await openSubject();
  const { database, log } = subject;
  const before = await log.head('a');
  await database.query(ageBy('2 hours'));
  await log.forgetUnused([], 100);
  const [publication] = await log.append([draft('a')]);
  expect(publication?.offset).toBe(1);
  expect(publication?.epoch).not.toBe(before.epoch);
});

test('a channel on which somebody publishes while it is forgotten keeps what was published', async () => {
  await using subject = await openSubject();
  const { database, log } = subject;
  await log.head('a');
  await database.query(ageBy('2 hours'));
  await Promise.all([log.append([draft('a')]), log.forgetUnused([], 100), log.append([draft('a')])]);
  await Promise.all([log.forgetUnused([], 100), log.append([draft('a')])]);
  expect((await log.read('a', 0, 10)).publications).toHaveLength((await log.head('a')).offset);
  expect((await log.head('a')).offset).toBeGreaterThan(0);
});

import { expect, test } from 'bun:test';
import { drizzle } from 'drizzle-orm/node-postgres';
import pg from 'pg';
import { afterCommit } from '../../../src/db/after-commit.ts';
import { deliveriesWaiting } from '../../../src/tracking/channels.ts';
import { onDue } from '../../../src/tracking/deliveries/due.ts';
import { createEvent } from '../../../src/tracking/events/create-event.ts';
import { until } from '../../support/until.ts';
import { startTracking } from '../support.ts';

const event = { eventType: 'payment_received', targetUserIds: ['user1-uuid'] };

async function clientOf(url: string) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  return { client, [Symbol.asyncDispose]: () => client.end() };
}

test('a step after a commit runs once the transaction has committed, and never for one that is rolled back', async () => {
  await using subject = await startTracking();
  const steps: string[] = [];
  await subject.database.transaction(async (tx, query) => {
    expect(afterCommit(tx, () => steps.push('committed'))).toBe(true);
    await query('select 1');
    expect(steps).toEqual([]);
  });
  expect(steps).toEqual(['committed']);
  const failed = subject.database.transaction(async (tx) => {
    afterCommit(tx, () => steps.push('rolled back'));
    throw new Error('changed my mind');
  });
  expect(await failed.catch(({ message }) => message)).toBe('changed my mind');
  let attempts = 0;
  await subject.database.transaction(async (tx, query) => {
    attempts += 1;
    const attempt = attempts;
    afterCommit(tx, () => steps.push(`attempt ${attempt}`));
    if (attempt === 1) await query(`do $$ begin raise exception 'again' using errcode = '40001'; end $$`);
  });
  expect(steps).toEqual(['committed', 'attempt 2']);
  expect(afterCommit(subject.database.db, () => steps.push('no transaction'))).toBe(false);
});

test('an event in a transaction of the caller wakes the worker of this process when that has committed', async () => {
  await using subject = await startTracking();
  const { tracking, database } = subject;
  const rung: number[] = [];
  using _worker = onDue(tracking, (time) => rung.push(time));
  await database.transaction(async (tx) => {
    await createEvent(tracking, event, { tx });
    expect(rung).toEqual([]);
  });
  expect(rung).toEqual([tracking.clock.now()]);
  const failed = database.transaction(async (tx) => {
    await createEvent(tracking, event, { tx });
    throw new Error('changed my mind');
  });
  expect(await failed.catch(({ message }) => message)).toBe('changed my mind');
  expect(rung).toHaveLength(1);
});

test('a process without a worker notifies those of others, also from a transaction that was begun elsewhere', async () => {
  await using subject = await startTracking();
  const { tracking, database, url } = subject;
  await using listening = await clientOf(url);
  let heard = 0;
  listening.client.on('notification', () => {
    heard += 1;
  });
  await listening.client.query(`listen ${deliveriesWaiting}`);
  await database.transaction((tx) => createEvent(tracking, event, { tx }));
  await until(() => heard === 1);
  await using other = await clientOf(url);
  await other.client.query('begin');
  await createEvent(tracking, event, { tx: drizzle(other.client) });
  await other.client.query('commit');
  await until(() => heard === 2);
});

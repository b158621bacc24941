import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import { sendDue } from '../../../src/tracking/deliveries/send-due.ts';
import { createEvent } from '../../../src/tracking/events/create-event.ts';
import { createInbox } from '../../support/clients/inbox.ts';
import { lockTable } from '../../support/postgres/table-lock.ts';
import { until } from '../../support/until.ts';
import { connectPeople, joseph, type Subject, startTracking } from '../support.ts';

/** The tables that the statements write, in their order: each stands between two steps. */
const steps = {
  send: [
    'realtime_events',
    'realtime_event_deliveries',
    'realtime_unread_counts',
    'realtime_channels',
    'realtime_publications',
  ],
  read: ['realtime_event_deliveries', 'realtime_unread_counts', 'realtime_channels', 'realtime_publications'],
} as const;
type What = keyof typeof steps;

let subject: Subject;
beforeAll(async () => {
  subject = await startTracking();
  await connectPeople(subject, joseph.userId);
});
afterAll(() => subject[Symbol.asyncDispose]());

function startProcess(eventId: string | undefined) {
  const script = join(import.meta.dir, 'together-process.ts');
  const child = Bun.spawn([process.execPath, script, subject.url, ...(eventId ? [eventId] : [])], {
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'ignore',
  });
  const lines = createInbox<string>('process');
  const reading = (async () => {
    for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) lines.push(text);
    lines.end('the process ended');
  })();
  const kill = async () => {
    child.kill('SIGKILL');
    await child.exited;
    await reading;
  };
  return {
    written: () => lines.next((line) => line.includes('written'), 'word of the commit', 20_000),
    kill,
    [Symbol.asyncDispose]: kill,
  };
}

const isBusy = async () =>
  (
    await subject.rows(
      `select from pg_stat_activity where datname = current_database() and query ~ 'realtime_(send_events|acknowledge)' and state = 'active' and pid <> pg_backend_pid()`,
    )
  ).length > 0;

/** The rows of one event and its person: all of it agrees, or the test fails. */
async function stateOf(what: What, before: Awaited<ReturnType<typeof counts>>) {
  const now = await counts();
  const changed = {
    events: now.events - before.events,
    deliveries: now.deliveries - before.deliveries,
    unread: now.unread - before.unread,
    version: now.version - before.version,
    read: now.read - before.read,
    told: now.told.slice(before.told.length),
  };
  // R2: no gap in the log of the person.
  expect(now.offsets).toEqual(now.offsets.map((_, index) => index + 1));
  const none = { events: 0, deliveries: 0, unread: 0, version: 0, read: 0, told: [] };
  const whole =
    what === 'send'
      ? { ...none, events: 1, deliveries: 1, unread: 1, version: 1, told: ['realtime_event', 'unread_count'] }
      : { ...none, unread: -1, version: 1, read: 1, told: ['unread_count', 'event_status'] };
  expect([none, whole]).toContainEqual(changed);
  return changed.version === 1 ? 'whole' : 'nothing';
}

async function counts() {
  const [row] = await subject.rows(
    `select (select count(*)::int from realtime_events) as events,
      (select count(*)::int from realtime_event_deliveries) as deliveries,
      (select count(*)::int from realtime_event_deliveries where status = 'read') as read,
      coalesce((select count from realtime_unread_counts where user_id = $1), 0) as unread,
      coalesce((select version::int from realtime_unread_counts where user_id = $1), 0) as version`,
    [joseph.userId],
  );
  const told = await subject.told(joseph.userId);
  const numbers = row as Record<'events' | 'deliveries' | 'read' | 'unread' | 'version', number>;
  return { ...numbers, told: told.map(({ type }) => type), offsets: told.map(({ offset }) => offset) };
}

/** The event that is read, or none for one that is sent. */
async function prepare(what: What): Promise<string | undefined> {
  const event = { eventType: 'payment_received', payload: { amount: 1, currency: 'KES' } };
  const { eventId } = await createEvent(subject.tracking, { ...event, targetUserIds: [joseph.userId] });
  return what === 'read' ? eventId : undefined;
}

const cells = (['send', 'read'] as const).flatMap((what) =>
  steps[what].map((table) => [what, table] as const),
);

describe('in the statement that writes many at once', () => {
  for (const [what, table] of cells) {
    test(`a process killed with -9 at ${table} leaves a ${what} whole or undone, never doubled`, async () => {
      const eventId = await prepare(what);
      const before = await counts();
      {
        await using lock = await lockTable(subject.database, table);
        await using child = startProcess(eventId);
        await lock.contended();
        await child.kill();
      }
      // The server learns of the death when it replies: until then it works on.
      await until(async () => !(await isBusy()));
      const state = await stateOf(what, before);
      // The worker of another process sends nothing a second time.
      await sendDue(subject.tracking);
      expect(await stateOf(what, before)).toBe(state);
    });

    test(`a session lost at ${table} leaves nothing of a ${what}`, async () => {
      const eventId = await prepare(what);
      const before = await counts();
      await using lock = await lockTable(subject.database, table);
      await using _child = startProcess(eventId);
      await lock.contended();
      await subject.rows(`select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock'`);
      await until(async () => !(await isBusy()));
      await lock.release();
      expect(await stateOf(what, before)).toBe('nothing');
    });
  }

  for (const what of ['send', 'read'] as const) {
    test(`a process killed with -9 between the commit and the delivery leaves a ${what} whole, for all who read the log`, async () => {
      const eventId = await prepare(what);
      const before = await counts();
      await using child = startProcess(eventId);
      await child.written();
      await child.kill();
      expect(await stateOf(what, before)).toBe('whole');
      await sendDue(subject.tracking);
      expect(await stateOf(what, before)).toBe('whole');
    });
  }
});

import { expect, test } from 'bun:test';
import { Publisher, type PublisherDeps } from '../../../src/db/publisher.ts';
import { Drafts } from '../../../src/realtime/publishing/drafts.ts';
import { sendDue } from '../../../src/tracking/deliveries/send-due.ts';
import { createEvent } from '../../../src/tracking/events/create-event.ts';
import { byAge, pruneTracking } from '../../../src/tracking/retention.ts';
import { sourcesOf } from '../../../src/tracking/statuses.ts';
import { openTestDatabase } from '../../support/postgres/database.ts';
import { greenfield, joseph, type Subject, startTracking } from '../support.ts';

const writeLater = ({ tracking, database }: Subject, events: number) =>
  database.transaction(async (tx) => {
    for (let n = 0; n < events; n++) {
      const input = {
        eventType: 'payment_received',
        tenantId: greenfield,
        targetRoles: ['parent', 'student'],
      };
      await createEvent(tracking, input, { tx });
    }
  });

test('several processes that send at once publish each delivery once, in one order for each person', async () => {
  await using subject = await startTracking();
  await writeLater(subject, 40);
  await using other = await openTestDatabase(subject.url);
  const processes = [subject.tracking, { ...subject.tracking, database: other }];
  const sent = await Promise.all(
    [...processes, ...processes].map(async (tracking) => {
      let count = 0;
      for (let batch = 1; batch > 0; count += batch) batch = await sendDue(tracking, { limit: 7 });
      return count;
    }),
  );
  // Rows another one had claimed were passed over, so the last ones may be left to the next look.
  const rest = await sendDue(subject.tracking);
  expect(sent.reduce((sum, count) => sum + count, rest)).toBe(160);
  for (const userId of ['user1-uuid', 'user2-uuid', 'student-1', 'student-2']) {
    const events = (await subject.told(userId)).filter(({ type }) => type === 'realtime_event');
    expect(new Set(events.map(({ data }) => JSON.parse(data).id)).size).toBe(40);
    expect(events).toHaveLength(40);
  }
});

test('what dies before the commit has sent nothing, and the next one sends it', async () => {
  await using subject = await startTracking();
  await writeLater(subject, 1);
  const dying = {
    ...subject.tracking,
    publisher: publishingBy(subject, {
      drafts: new Drafts({
        maxBytes: 131_072,
        createId: () => {
          throw new Error('killed');
        },
      }),
    }),
  };
  expect(await sendDue(dying).catch(({ message }) => message)).toBe('killed');
  expect(await subject.told(joseph.userId)).toEqual([]);
  expect(await subject.rows('select from realtime_unread_counts')).toEqual([]);
  expect(await sendDue(subject.tracking)).toBe(4);
  expect(await subject.told(joseph.userId)).toHaveLength(2);
});

test('what is published is delivered to those who are connected', async () => {
  await using subject = await startTracking();
  const delivered: string[] = [];
  const publisher = publishingBy(subject, {
    announce(publications: Parameters<typeof subject.manager.announce>[0]) {
      delivered.push(...publications.map(({ channel, type }) => `${channel} ${type}`));
      return subject.manager.announce(publications);
    },
  });
  await createEvent(
    { ...subject.tracking, publisher },
    { eventType: 'user_login', targetUserIds: [joseph.userId], payload: { device: 'phone' } },
  );
  expect(delivered).toEqual([
    'realtime_events:user1-uuid realtime_event',
    'realtime_events:user1-uuid unread_count',
  ]);
});

test('what is old goes in batches, with what hangs on it', async () => {
  await using subject = await startTracking();
  const { tracking, clock, rows } = subject;
  await writeLater(subject, 5);
  await createEvent(tracking, {
    eventType: 'school_announcement',
    tenantId: greenfield,
    title: 'a',
    message: 'b',
  });
  await rows(`insert into realtime_user_activity (user_id, kind, page, occurred_at, created_at)
    select 'u', 'click', '/', '2025-01-01', '2025-01-01' from generate_series(1, 25)`);
  await rows(
    `insert into realtime_system_metrics (minute, process_id, name, value) values ('2025-01-01', 'p', 'n', 1)`,
  );
  clock.advance(1_000);
  const before = new Date(clock.now()).toISOString();
  const removed: number[] = [];
  for (let count = 1; count > 0; removed.push(count))
    count = await pruneTracking(tracking, { before, activityBefore: before }, 10);
  expect(removed.reduce((sum, count) => sum + count)).toBe(20 + 6 + 25 + 1);
  expect(Math.max(...removed)).toBeLessThanOrEqual(40);
  for (const table of ['realtime_events', 'realtime_event_deliveries', 'realtime_user_activity']) {
    expect(await rows(`select from ${table}`)).toEqual([]);
  }
});

/** For each table whose rows go by their age alone, the other columns of a row and their values; SQL, with `age` as a text. */
const agedRows: Readonly<Record<keyof typeof byAge, Readonly<Record<string, string>>>> = {
  realtime_system_metrics: { process_id: `'p'`, name: `'n'`, value: '1' },
  websocket_connections: {
    ...{ id: 'age', user_id: `'u'`, role: `'parent'`, transport: `'sse'`, device_id: `'d'` },
    ...{ process_id: `'p'`, connected_at: `'2024-01-01'`, last_seen_at: `'2024-01-01'` },
  },
  realtime_sms_counts: { user_id: 'age', count: '1' },
  realtime_reading_hours: { user_id: 'age', method: `'sms'`, hour_of_week: '1', sent: '1', read: '1' },
  realtime_reading_groups: {
    ...{ tenant_id: 'age', method: `'sms'`, role: `'parent'`, hour_of_week: '1' },
    ...{ sent: '1', read: '1', late_hours: '0' },
  },
  realtime_removed_counts: { fact: `'activity'`, measure: `'views'`, detail: 'age', value: '1' },
};

test('of every table that goes by age, the old row goes and the young one stays', async () => {
  await using subject = await startTracking();
  const { tracking, clock, rows } = subject;
  const before = new Date(clock.now()).toISOString();
  const entries = Object.entries(byAge) as [keyof typeof byAge, string][];
  expect(Object.keys(agedRows).sort()).toEqual(Object.keys(byAge).sort());
  for (const [table, column] of entries) {
    const own = agedRows[table];
    await rows(`insert into ${table} (${[column, ...Object.keys(own)].join()})
      select ${['age::timestamptz', ...Object.values(own)].join()} from unnest('{2025-01-01,2999-01-01}'::text[]) age`);
  }
  await pruneTracking(tracking, { before, activityBefore: before });
  for (const [table, column] of entries) {
    const years = await rows(`select extract(year from ${column})::int as year from ${table}`);
    expect([table, years]).toEqual([table, [{ year: 2999 }]]);
  }
});

test('the guards of the statements are the table of transitions read backwards', () => {
  expect(sourcesOf('sent')).toEqual(['pending']);
  expect(sourcesOf('acknowledged')).toEqual(['sent', 'delivered', 'read', 'failed']);
  expect(sourcesOf('pending')).toEqual([]);
});

/** The subject's publisher, with other ways for some steps of its manager. */
function publishingBy(
  { tracking: { database }, log, manager }: Subject,
  steps: Partial<PublisherDeps['manager']>,
): Publisher {
  const { drafts, announce, publish } = manager;
  const bound = { drafts, announce: announce.bind(manager), publish: publish.bind(manager) };
  return new Publisher({ database, log, manager: { ...bound, ...steps } });
}

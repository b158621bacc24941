import { expect, test } from 'bun:test';
import { servicePrincipal } from '../../../src/realtime/principal.ts';
import { acknowledge } from '../../../src/tracking/deliveries/acknowledge.ts';
import { sendDue } from '../../../src/tracking/deliveries/send-due.ts';
import { cancelEvent, expireDue, failDeliveries } from '../../../src/tracking/deliveries/settle.ts';
import { countUnreadAnnouncements } from '../../../src/tracking/events/announcements.ts';
import { createEvent } from '../../../src/tracking/events/create-event.ts';
import { markItem } from '../../../src/tracking/inbox/mark.ts';
import { readAll } from '../../../src/tracking/inbox/read-all.ts';
import { seeAll } from '../../../src/tracking/inbox/see.ts';
import type { NewEvent, UnreadCount } from '../../../src/tracking/model.ts';
import { publishWithPrincipal, withPrincipal } from '../../../src/tracking/principal.ts';
import { pruneTracking } from '../../../src/tracking/retention.ts';
import { nowOf } from '../../../src/tracking/tracking.ts';
import {
  codeOf,
  esther,
  greenfield,
  joseph,
  mary,
  person,
  riverside,
  ruth,
  type Subject,
  startTracking,
} from '../support.ts';

const people = [joseph, mary, esther];

/** A sequence of numbers below `n` that is the same in every run. */
function createDice(seed: number) {
  let state = seed;
  return (n: number) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * n);
  };
}

async function expectExact({ rows, told }: Subject): Promise<void> {
  const counted = await rows(
    `select user_id, count from realtime_unread_counts where count <> 0 order by user_id`,
  );
  const recounted = await rows(`select user_id, count(*)::int as count from realtime_event_deliveries
    where (status in ('sent', 'delivered', 'failed') or unread_at is not null) and method <> 'channel' group by user_id order by user_id`);
  expect(counted).toEqual(recounted);
  for (const { userId } of people) {
    const published = (await told(userId)).filter(({ type }) => type === 'unread_count');
    const [row] = await rows(
      'select count, version::int as version from realtime_unread_counts where user_id = $1',
      [userId],
    );
    const versions = published.map(({ data }) => (JSON.parse(data) as UnreadCount).version);
    // Every change was told, in order, and the last is what the counter says.
    expect(versions).toEqual(versions.map((_, index) => index + 1));
    expect(published.length === 0 ? undefined : JSON.parse(published.at(-1)?.data ?? '')).toEqual(row);
  }
}

test('after a thousand operations on three devices, many at once, the counter equals a recount', async () => {
  await using subject = await startTracking();
  const { tracking, clock, rows } = subject;
  const dice = createDice(20_260_101);
  const pick = <T>(items: readonly T[]): T => items[dice(items.length)] as T;
  const time = (ms: number) => new Date(clock.now() + ms).toISOString();
  const events: string[] = [];
  const done = new Map<string, number>();

  const operations: Record<string, () => Promise<unknown>> = {
    async create() {
      const targets = people.filter(() => dice(3) > 0).map(({ userId }) => userId);
      const { eventId } = await createEvent(tracking, {
        eventType: pick(['payment_received', 'custom_notification', 'approval_request_pending']),
        tenantId: greenfield,
        targetUserIds: targets,
        ...(dice(3) === 0 && { scheduledAt: time(dice(60_000)) }),
        ...(dice(4) === 0 && { expiresAt: time(60_000 + dice(200_000)) }),
      });
      events.push(eventId);
    },
    acknowledge: () =>
      codeOf(
        acknowledge(tracking, pick(people), {
          eventId: pick(events),
          kind: pick(['delivered', 'read', 'acknowledged'] as const),
          deviceId: pick(['phone', 'tablet', 'desktop']),
        }),
      ),
    mark: () =>
      codeOf(
        markItem(tracking, pick(people), pick(events), pick(['unread', 'unread', 'archived', 'restored'])),
      ),
    seeAll: () => seeAll(tracking, pick(people)),
    readAll: () => readAll(tracking, pick(people)),
    send: () => sendDue(tracking, { limit: 1 + dice(5) }),
    expire: () => expireDue(tracking, { limit: 1 + dice(5) }),
    cancel: () => codeOf(cancelEvent(tracking, servicePrincipal, pick(events))),
    fail: () =>
      publishWithPrincipal(tracking, servicePrincipal, (tx, publish) =>
        failDeliveries(
          tx,
          publish,
          [{ eventId: pick(events), userId: pick(people).userId, error: 'gone' }],
          nowOf(tracking),
        ),
      ),
    prune: () => pruneTracking(tracking, { before: time(-400_000), activityBefore: time(-400_000) }, 3),
  };
  const often = [
    'create',
    'create',
    'acknowledge',
    'acknowledge',
    'acknowledge',
    'acknowledge',
    'mark',
    'mark',
    'send',
  ];
  const rare = ['readAll', 'seeAll', 'expire', 'cancel', 'fail', 'prune'];
  await operations['create']?.();
  for (let count = 0; count < 1_000; ) {
    const together = Array.from({ length: 1 + dice(6) }, () => (dice(4) === 0 ? pick(rare) : pick(often)));
    await Promise.all(
      together.map((name) => {
        done.set(name, (done.get(name) ?? 0) + 1);
        return operations[name]?.();
      }),
    );
    count += together.length;
    clock.advance(dice(5_000));
    if (dice(20) === 0) await expectExact(subject);
  }
  await expectExact(subject);
  expect([...done.keys()].sort()).toEqual(Object.keys(operations).sort());
  expect(
    await rows(
      'select 1 from realtime_event_deliveries where archived_at is not null and unread_at is not null',
    ),
  ).toEqual([]);
  const statuses = await rows('select distinct status from realtime_event_deliveries');
  expect(statuses.length).toBeGreaterThanOrEqual(6);
}, 180_000);

const announcement: NewEvent = {
  eventType: 'school_announcement',
  tenantId: greenfield,
  title: 'Closed',
  message: 'Rain',
};

const unreadAnnouncements = ({ tracking }: Subject, who: typeof joseph) =>
  withPrincipal(tracking, who, (tx) => countUnreadAnnouncements(tx, who.userId, nowOf(tracking)));

test('an announcement is read alone, or with all before it, by each person for themselves', async () => {
  await using subject = await startTracking();
  const { tracking, rows, told } = subject;
  const ids: string[] = [];
  for (let n = 0; n < 3; n++) ids.push((await createEvent(tracking, announcement)).eventId);
  await createEvent(tracking, { ...announcement, tenantId: riverside });
  const counts = async () =>
    Promise.all(
      [joseph, mary, person('director-1', 'school_director')].map((who) => unreadAnnouncements(subject, who)),
    );
  expect(await counts()).toEqual([3, 3, 4]);

  const [first = '', second = ''] = ids;
  expect(await acknowledge(tracking, joseph, { eventId: second, kind: 'delivered' })).toMatchObject({
    status: 'sent',
    changed: false,
  });
  expect(await rows('select from realtime_event_deliveries')).toEqual([]);
  expect(await acknowledge(tracking, joseph, { eventId: second, kind: 'read' })).toEqual({
    status: 'read',
    changed: true,
    unread: { count: 0, version: 0 },
    position: expect.stringMatching(/^\w+:\d+$/),
  });
  expect(await counts()).toEqual([2, 3, 4]);
  expect(await acknowledge(tracking, joseph, { eventId: second, kind: 'read' })).toMatchObject({
    changed: false,
  });

  await readAll(tracking, mary);
  expect(await counts()).toEqual([2, 0, 4]);
  await createEvent(tracking, announcement);
  expect(await counts()).toEqual([3, 1, 5]);
  // Neither is counted in what is written for each person; the other devices learn that all was read.
  expect((await told(mary.userId)).map(({ type }) => type)).toEqual(['events_read']);
  expect(await cancelEvent(tracking, ruth, first)).toBe(0);
  expect(await counts()).toEqual([2, 1, 4]);
  expect(
    await codeOf(acknowledge(tracking, person('parent-2', 'parent'), { eventId: second, kind: 'read' })),
  ).toBe('not_found');
});

test('read all answers how many there were and tells all devices once', async () => {
  await using subject = await startTracking();
  const { tracking, told } = subject;
  for (let n = 0; n < 4; n++) {
    await createEvent(tracking, {
      eventType: 'payment_received',
      tenantId: greenfield,
      targetUserIds: [joseph.userId],
    });
  }
  expect(await readAll(tracking, joseph)).toEqual({
    changed: 4,
    unread: { count: 0, version: 5 },
    position: expect.stringMatching(/^\w+:\d+$/),
  });
  expect(await readAll(tracking, joseph)).toEqual({ changed: 0, unread: { count: 0, version: 5 } });
  const counts = (await told(joseph.userId)).filter(({ type }) => type === 'unread_count');
  expect(counts.map(({ data }) => JSON.parse(data).count)).toEqual([1, 2, 3, 4, 0]);
});

test('its author and those who supervise the school take an event back, nobody else', async () => {
  await using subject = await startTracking();
  const { tracking } = subject;
  const create = () =>
    createEvent(
      tracking,
      { eventType: 'custom_notification', tenantId: greenfield, targetUserIds: [joseph.userId] },
      { by: esther },
    );
  const cancel = async (who: typeof joseph) => {
    const { eventId } = await create();
    return codeOf(cancelEvent(tracking, who, eventId));
  };
  expect(await cancel(esther)).toBe('nothing');
  expect(await cancel(ruth)).toBe('nothing');
  expect(await cancel(person('director-1', 'school_director'))).toBe('nothing');
  expect(await cancel(joseph)).toBe('not_found');
  expect(await cancel(person('finance-1', 'finance_manager'))).toBe('not_found');
  expect(await cancel(person('director-2', 'school_director'))).toBe('not_found');
  expect(await cancel(person('director-1', 'school_director', [riverside]))).toBe('not_found');
});

import { expect, test } from 'bun:test';
import { servicePrincipal } from '../../../src/realtime/principal.ts';
import { acknowledge } from '../../../src/tracking/deliveries/acknowledge.ts';
import { readReaders } from '../../../src/tracking/deliveries/readers.ts';
import { createEvent } from '../../../src/tracking/events/create-event.ts';
import { readInbox } from '../../../src/tracking/inbox/inbox.ts';
import { markItem } from '../../../src/tracking/inbox/mark.ts';
import { readAll } from '../../../src/tracking/inbox/read-all.ts';
import { seeAll } from '../../../src/tracking/inbox/see.ts';
import type { NewEvent } from '../../../src/tracking/model.ts';
import { codeOf, greenfield, joseph, mary, type Subject, startTracking } from '../support.ts';

async function send({ tracking }: Subject, more: Partial<NewEvent> = {}): Promise<string> {
  const event = {
    eventType: 'custom_notification',
    tenantId: greenfield,
    targetUserIds: [joseph.userId],
    title: 't',
    message: 'm',
    ...more,
  };
  return (await createEvent(tracking, event)).eventId;
}

/** To everybody at the school. */
const announce = ({ tracking }: Subject): Promise<string> =>
  createEvent(tracking, {
    eventType: 'school_announcement',
    tenantId: greenfield,
    title: 't',
    message: 'm',
  }).then(({ eventId }) => eventId);

const inboxOf = ({ tracking }: Subject, more = {}) =>
  readInbox(tracking, joseph, { limit: 10, counts: true, ...more });

/** Types and data of what this person's devices were told. */
async function toldTo({ told }: Subject, userId = joseph.userId) {
  return (await told(userId)).map(({ type, data }) => ({ type, data: JSON.parse(data) as unknown }));
}

for (const [kind, give] of [
  ['an event', send],
  ['an announcement', announce],
] as const) {
  test(`${kind} that was read is marked as unread, archived and taken back, and its author sees it read throughout`, async () => {
    await using subject = await startTracking();
    const { tracking } = subject;
    const eventId = await give(subject);
    const readers = async () => (await readReaders(tracking, servicePrincipal, eventId, { limit: 10 })).read;
    const unread = async () => (await inboxOf(subject)).unread.total;
    expect(await unread()).toBe(1);
    expect(await markItem(tracking, joseph, eventId, 'unread')).toMatchObject({
      changed: false,
      isRead: false,
    });
    await acknowledge(tracking, joseph, { eventId, kind: 'read' });
    expect([await unread(), await readers()]).toEqual([0, 1]);

    expect(await markItem(tracking, joseph, eventId, 'unread')).toMatchObject({
      changed: true,
      isRead: false,
      isArchived: false,
      position: expect.any(String),
    });
    expect((await inboxOf(subject, { unread: true })).items).toMatchObject([
      { id: eventId, isRead: false, readAt: null, isSeen: true },
    ]);
    expect([await unread(), await readers()]).toEqual([1, 1]);
    expect((await toldTo(subject)).at(-1)).toEqual({
      type: 'event_marked',
      data: { eventId, isRead: false, isArchived: false },
    });

    expect(await markItem(tracking, joseph, eventId, 'archived')).toMatchObject({
      changed: true,
      isRead: true,
      isArchived: true,
    });
    expect(await markItem(tracking, joseph, eventId, 'archived')).toMatchObject({ changed: false });
    expect([await unread(), await readers()]).toEqual([0, 1]);
    expect(await inboxOf(subject)).toMatchObject({ items: [], counts: { all: 0, archived: 1 } });
    expect((await inboxOf(subject, { archived: true })).items).toMatchObject([
      { id: eventId, isRead: true, archivedAt: expect.any(String) },
    ]);

    expect(await markItem(tracking, joseph, eventId, 'restored')).toMatchObject({
      changed: true,
      isArchived: false,
    });
    expect(await markItem(tracking, joseph, eventId, 'restored')).toMatchObject({ changed: false });
    expect((await inboxOf(subject)).items).toMatchObject([{ id: eventId, isRead: true, archivedAt: null }]);
  });

  test(`${kind} that was marked as unread is read again by reading it, or all`, async () => {
    await using subject = await startTracking();
    const { tracking } = subject;
    const eventId = await give(subject);
    await readAll(tracking, joseph);
    for (const read of [
      () => acknowledge(tracking, joseph, { eventId, kind: 'read' }),
      () => readAll(tracking, joseph),
    ]) {
      expect(await markItem(tracking, joseph, eventId, 'unread')).toMatchObject({ changed: true });
      expect((await inboxOf(subject)).unread.total).toBe(1);
      expect(await read()).toMatchObject({ changed: expect.anything() });
      expect(await inboxOf(subject)).toMatchObject({ unread: { total: 0 }, items: [{ isRead: true }] });
    }
    // Everybody else has it as before.
    expect(await toldTo(subject, mary.userId)).not.toContainEqual(
      expect.objectContaining({ type: 'event_marked' }),
    );
  });
}

test('an announcement that was read with all others counts as read once, and is unread for its person alone', async () => {
  await using subject = await startTracking();
  const { tracking, clock } = subject;
  const eventId = await announce(subject);
  await readAll(tracking, joseph);
  clock.advance(60_000);
  const readAt = new Date(clock.now()).toISOString();
  await markItem(tracking, joseph, eventId, 'unread');
  const facts = () =>
    subject.rows(
      'select delivered, read, seconds_to_read from school.delivery_facts where user_id = $1 and event_type = $2',
      [joseph.userId, 'school_announcement'],
    );
  expect(await facts()).toEqual([{ delivered: 1, read: 1, seconds_to_read: 60 }]);
  expect((await inboxOf(subject)).items).toMatchObject([{ isRead: false, readAt: null }]);
  clock.advance(60_000);
  await acknowledge(tracking, joseph, { eventId, kind: 'read' });
  expect(await facts()).toEqual([{ delivered: 1, read: 1, seconds_to_read: 60 }]);
  expect((await inboxOf(subject)).items).toMatchObject([{ isRead: true, readAt }]);
});

test('a mark that changes nothing of an announcement leaves no row of its person', async () => {
  await using subject = await startTracking();
  const { tracking } = subject;
  const eventId = await announce(subject);
  for (const isRead of [false, true]) {
    if (isRead) await readAll(tracking, joseph);
    for (const mark of isRead ? (['restored'] as const) : (['unread', 'restored'] as const)) {
      expect(await markItem(tracking, joseph, eventId, mark)).toEqual({
        eventId,
        isRead,
        isArchived: false,
        changed: false,
        unread: { count: 0, version: 0 },
      });
    }
  }
  expect(await subject.rows('select from realtime_event_deliveries')).toEqual([]);
});

test('what is archived unread is read, and what asks for an acknowledgement is not archived before', async () => {
  await using subject = await startTracking();
  const { tracking } = subject;
  const eventId = await send(subject);
  expect(await markItem(tracking, joseph, eventId, 'archived')).toMatchObject({
    isRead: true,
    unread: { count: 0, version: 2 },
  });
  expect((await toldTo(subject)).slice(-3)).toEqual([
    { type: 'unread_count', data: { count: 0, version: 2 } },
    { type: 'event_status', data: { eventId, status: 'read' } },
    { type: 'event_marked', data: { eventId, isRead: true, isArchived: true } },
  ]);
  const asking = await send(subject, { eventType: 'approval_request_pending', payload: {} });
  expect(await codeOf(markItem(tracking, joseph, asking, 'archived'))).toBe('conflict');
  await acknowledge(tracking, joseph, { eventId: asking, kind: 'acknowledged' });
  await markItem(tracking, joseph, asking, 'unread');
  expect((await inboxOf(subject)).items).toMatchObject([{ status: 'acknowledged', isRead: false }]);
  expect(await markItem(tracking, joseph, asking, 'archived')).toMatchObject({ isArchived: true });
  // An acknowledgement that comes late leaves it where it is.
  await acknowledge(tracking, joseph, { eventId, kind: 'acknowledged' });
  expect((await inboxOf(subject)).items).toEqual([]);
});

test('nobody marks what was sent to somebody else, or to nobody', async () => {
  await using subject = await startTracking();
  const { tracking, clock } = subject;
  const eventId = await send(subject);
  const later = await send(subject, { scheduledAt: new Date(clock.now() + 60_000).toISOString() });
  const announced = await announce(subject);
  const abroad = { ...joseph, userId: 'parent-2' };
  for (const mark of ['unread', 'archived', 'restored'] as const) {
    expect(await codeOf(markItem(tracking, mary, eventId, mark))).toBe('not_found');
    expect(await codeOf(markItem(tracking, abroad, announced, mark))).toBe('not_found');
    expect(await codeOf(markItem(tracking, joseph, later, mark))).toBe('not_found');
    expect(await codeOf(markItem(tracking, joseph, crypto.randomUUID(), mark))).toBe('not_found');
  }
});

test('everything is seen once, on all devices, and what comes later is unseen', async () => {
  await using subject = await startTracking();
  const { tracking } = subject;
  const unseen = async () => (await inboxOf(subject)).counts?.unseen;
  await send(subject);
  await announce(subject);
  expect(await unseen()).toBe(2);
  expect(await seeAll(tracking, joseph)).toEqual({ changed: true, position: expect.any(String) });
  expect(await seeAll(tracking, joseph)).toEqual({ changed: false });
  expect(await inboxOf(subject)).toMatchObject({ unread: { total: 2 }, counts: { unseen: 0 } });
  expect((await toldTo(subject)).filter(({ type }) => type === 'events_seen')).toHaveLength(1);
  await announce(subject);
  await send(subject);
  expect(await unseen()).toBe(2);
  expect((await inboxOf(subject)).items.map(({ isSeen }) => isSeen)).toEqual([false, false, true, true]);
});

test('the counts of an inbox are by type and priority, in one statement', async () => {
  await using subject = await startTracking();
  const { tracking, statements } = subject;
  const first = await send(subject);
  await send(subject, { priority: 'urgent' });
  await announce(subject);
  await markItem(tracking, joseph, first, 'archived');
  statements();
  await readInbox(tracking, joseph, { limit: 10 });
  const without = statements();
  const { counts } = await inboxOf(subject);
  expect(statements() - without).toBe(1);
  expect(counts).toEqual({
    all: 2,
    unread: 2,
    unseen: 2,
    archived: 1,
    byType: { custom_notification: 1, school_announcement: 1 },
    byPriority: { urgent: 1, normal: 1 },
  });
});

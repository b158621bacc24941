import { expect, test } from 'bun:test';
import { createClient } from '../../../clients/web/src/index.ts';
import { createInbox, type InboxSlice } from '../../../clients/web/src/parts/index.ts';
import { createTestServer } from '../../../clients/web/src/testing/index.ts';
import { until } from '../../support/until.ts';

interface Item {
  readonly id: string;
  readonly priority: string;
  readonly readAt?: string | null;
  readonly archivedAt?: string | null;
}

const item = (id: string, priority = 'normal', readAt: string | null = null): Item => ({
  id,
  priority,
  readAt,
});
const channel = 'realtime_events';

/** An inbox over a scripted server whose routes return these pages. */
function opened(pages: Readonly<Record<string, Partial<InboxSlice<Item>>>>) {
  const server = createTestServer();
  const client = createClient('http://server.test', server.options);
  const asked: string[] = [];
  const seen: string[] = [];
  const inbox = createInbox<Item>(client, {
    channel,
    also: ['announcements'],
    tabs: [
      { id: 'all', holds: () => true },
      { id: 'urgent', holds: ({ priority }) => priority === 'urgent' },
      { id: 'kept', holds: ({ archivedAt }) => !archivedAt },
      { id: 'archived', holds: ({ archivedAt }) => !!archivedAt },
    ],
    see: async () => void seen.push('seen'),
    async getPage(tab, cursor) {
      asked.push(cursor === undefined ? tab : `${tab} ${cursor}`);
      const page = pages[cursor ?? tab];
      return { data: [], unread: 0, position: server.position(channel), ...page };
    },
  });
  client.connect();
  const undo = inbox.subscribe(() => undefined);
  return {
    server,
    inbox,
    asked,
    seen,
    ids: () => inbox.get().items?.map(({ id }) => id),
    [Symbol.dispose]() {
      undo();
      client.close();
    },
  };
}

const first = { data: [item('2', 'urgent'), item('1')], unread: 5, counts: { all: 7, urgent: 1 } };

test('an inbox shows the page of its first tab, with the counts of the server', async () => {
  using it = opened({ all: first });
  await until(() => it.ids() !== undefined);
  expect(it.inbox.get()).toMatchObject({
    tab: 'all',
    unread: 5,
    unseen: 5,
    counts: first.counts,
    hasMore: false,
  });
  expect(it.ids()).toEqual(['2', '1']);
});

test('an event that arrives is on top and counted, and unseen until the inbox is looked into', async () => {
  using it = opened({ all: first });
  await until(() => it.ids() !== undefined);
  await it.inbox.see();
  it.server.publish(channel, { type: 'realtime_event', data: item('3', 'urgent') });
  it.server.publish(channel, { type: 'unread_count', data: { count: 6, version: 2 } });
  await until(() => it.inbox.get().unread === 6);
  expect(it.ids()).toEqual(['3', '2', '1']);
  expect(it.inbox.get()).toMatchObject({ unseen: 1, counts: { all: 8, urgent: 2 } });
  await it.inbox.see();
  expect(it.inbox.get().unseen).toBe(0);
});

test('an announcement of another channel is an item too', async () => {
  using it = opened({ all: first });
  await until(() => it.ids() !== undefined && it.server.frames.some(({ type }) => type === 'subscribe'));
  it.server.publish('announcements', { type: 'realtime_event', data: item('9') });
  await until(() => it.ids()?.[0] === '9');
});

test('a tab shows its own page, and nothing that arrives for another', async () => {
  using it = opened({ all: first, urgent: { data: [item('2', 'urgent')], unread: 5, counts: first.counts } });
  await until(() => it.ids() !== undefined);
  it.inbox.choose('urgent');
  await until(() => it.ids()?.length === 1 && !it.inbox.get().isLoading);
  it.server.publish(channel, { type: 'realtime_event', data: item('4') });
  it.server.publish(channel, { type: 'realtime_event', data: item('5', 'urgent') });
  await until(() => it.ids()?.[0] === '5');
  expect(it.ids()).toEqual(['5', '2']);
  expect(it.inbox.get().counts).toEqual({ all: 9, urgent: 2 });
});

test('an item that another device has read is read here, and all of them are fetched anew', async () => {
  using it = opened({ all: first });
  await until(() => it.ids() !== undefined);
  it.server.publish(channel, { type: 'event_status', data: { eventId: '1', status: 'read' } });
  await until(() => it.inbox.get().items?.[1]?.readAt != null);
  const before = it.asked.length;
  it.server.publish(channel, { type: 'events_read', data: { readAt: '2026-01-01T00:00:00.000Z' } });
  await until(() => it.asked.length > before);
});

test('more of a tab follows its last page, without repeating what is there', async () => {
  using it = opened({
    all: { ...first, nextCursor: 'older' },
    older: { data: [item('1'), item('0')], unread: 5, nextCursor: null },
  });
  await until(() => it.ids() !== undefined);
  await it.inbox.more();
  expect(it.ids()).toEqual(['2', '1', '0']);
  expect(it.inbox.get().hasMore).toBe(false);
  expect(it.asked).toEqual(['all', 'all older']);
});

const kept = {
  data: [item('2', 'urgent'), item('1')],
  unread: 2,
  unseen: 1,
  counts: { kept: 2, archived: 4 },
};
const mark = (eventId: string, isRead: boolean, isArchived: boolean) => ({
  type: 'event_marked',
  data: { eventId, isRead, isArchived },
});

test('an item that any device archives leaves its tab, and one that is unread again shows so', async () => {
  using it = opened({ kept });
  it.inbox.choose('kept');
  await until(() => it.ids()?.length === 2);
  it.server.publish(channel, mark('2', true, true));
  await until(() => it.ids()?.length === 1);
  expect(it.inbox.get().counts).toEqual({ kept: 1, archived: 5 });
  it.server.publish(channel, { type: 'event_status', data: { eventId: '1', status: 'read' } });
  await until(() => !!it.inbox.get().items?.[0]?.readAt);
  it.server.publish(channel, mark('1', false, false));
  await until(() => it.inbox.get().items?.[0]?.readAt === null);
});

test('what happens to an item that is on no page here is counted by the server', async () => {
  using it = opened({ all: first });
  await until(() => it.ids() !== undefined);
  for (const publication of [
    mark('elsewhere', true, true),
    { type: 'event_status', data: { eventId: 'elsewhere', status: 'read' } },
  ]) {
    const before = it.asked.length;
    it.server.publish(channel, publication);
    await until(() => it.asked.length > before);
  }
});

test('what one device has seen is seen by all, and the server is told once', async () => {
  using it = opened({ all: { ...first, unseen: 3 } });
  await until(() => it.inbox.get().unseen === 3);
  await it.inbox.see();
  await it.inbox.see();
  expect(it.seen).toEqual(['seen']);
  it.server.publish(channel, { type: 'realtime_event', data: item('3') });
  await until(() => it.inbox.get().unseen === 1);
  it.server.publish(channel, { type: 'events_seen', data: { seenAt: '2026-01-01T00:00:00.000Z' } });
  await until(() => it.inbox.get().unseen === 0);
});

test('announcements count beside what the personal channel counts', async () => {
  using it = opened({ all: { ...first, unread: 5, announcements: 2 } });
  await until(() => it.ids() !== undefined && it.server.frames.some(({ type }) => type === 'subscribe'));
  it.server.publish('announcements', { type: 'realtime_event', data: item('9') });
  await until(() => it.inbox.get().unread === 6);
  it.server.publish(channel, { type: 'unread_count', data: { count: 4, version: 2 } });
  await until(() => it.inbox.get().unread === 7);
  it.server.publish(channel, { type: 'event_status', data: { eventId: '9', status: 'read' } });
  await until(() => it.inbox.get().unread === 6);
});

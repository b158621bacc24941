import { expect, test } from 'bun:test';
import { createClient } from '../../../clients/web/src/index.ts';
import { createInbox, type InboxSlice } from '../../../clients/web/src/parts/index.ts';
import { createTestServer } from '../../../clients/web/src/testing/index.ts';
import { until } from '../../support/until.ts';

interface Item {
  readonly id: string;
  readonly priority: string;
  readonly readAt?: string | null;
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
  const inbox = createInbox<Item>(client, {
    channel,
    also: ['announcements'],
    tabs: [
      { id: 'all', holds: () => true },
      { id: 'urgent', holds: ({ priority }) => priority === 'urgent' },
    ],
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
  it.inbox.see();
  it.server.publish(channel, { type: 'realtime_event', data: item('3', 'urgent') });
  it.server.publish(channel, { type: 'unread_count', data: { count: 6, version: 2 } });
  await until(() => it.inbox.get().unread === 6);
  expect(it.ids()).toEqual(['3', '2', '1']);
  expect(it.inbox.get()).toMatchObject({ unseen: 1, counts: { all: 8, urgent: 2 } });
  it.inbox.see();
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

import { expect } from 'bun:test';
import { createElement as h, type ReactNode, StrictMode, version } from 'react';
import { createRoot } from 'react-dom/client';
import { createClient } from '../../../clients/web/src/index.ts';
import { TambuliProvider } from '../../../clients/web/src/react/index.ts';
import {
  ConnectionStatus,
  Inbox,
  InboxPanel,
  type InboxProps,
  LiveList,
} from '../../../clients/web/src/react/parts/index.ts';
import { createTestServer } from '../../../clients/web/src/testing/index.ts';
import { until } from '../../support/until.ts';

/** Behaviours of the components, by sentence; the test runs all of them with each version of React. */

export { version };

function mount(component: (position: (channel: string) => string) => ReactNode) {
  const server = createTestServer();
  const client = createClient('http://server.test', server.options);
  const container = document.createElement('div');
  const root = createRoot(container);
  root.render(h(StrictMode, null, h(TambuliProvider, { client }, component(server.position))));
  return {
    server,
    container,
    text: () => container.textContent ?? '',
    button: (name: string) =>
      [...container.querySelectorAll('button')].find((each) => each.textContent?.startsWith(name)),
    sent: (type: string) => server.frames.filter((frame) => frame.type === type),
    [Symbol.dispose]() {
      root.unmount();
      client.close();
    },
  };
}

interface Notice {
  readonly id: string;
  readonly title: string;
  readonly link?: string;
  readonly readAt: string | null;
  readonly archivedAt?: string | null;
}

const notice = (id: string, more: Partial<Notice> = {}): Notice => ({
  id,
  title: `Notice ${id}`,
  readAt: null,
  ...more,
});
const channel = 'notifications';

const inboxProps = (
  position: (of: string) => string,
  data: readonly Notice[],
  more: Partial<InboxProps<Notice>> = {},
): InboxProps<Notice> => ({
  channel,
  tabs: [
    { id: 'all', holds: () => true },
    { id: 'unread', holds: ({ readAt }) => readAt === null },
  ],
  names: { all: 'All', unread: 'Unread' },
  getPage: async (tab) => ({
    data: tab === 'all' ? data : data.filter(({ readAt }) => readAt === null),
    unread: data.length,
    counts: { all: data.length, unread: data.length },
    position: position(channel),
  }),
  view: ({ id, title, link, readAt, archivedAt }) => ({
    id,
    title,
    at: '2026-01-01T10:00:00.000Z',
    isRead: readAt !== null,
    isArchived: !!archivedAt,
    ...(link !== undefined && { href: link }),
  }),
  ...more,
});

export const partScenarios: Readonly<Record<string, () => Promise<void>>> = {
  async 'the bell counts, opens the inbox, and shows what arrives while it is open'() {
    using page = mount((position) => h(Inbox<Notice>, inboxProps(position, [notice('1')])));
    await until(() => page.text().startsWith('Inbox1'));
    expect(page.button('Inbox')?.getAttribute('aria-expanded')).toBe('false');
    page.button('Inbox')?.click();
    await until(() => page.text().includes('Notice 1'));
    page.server.publish(channel, { type: 'notification', data: notice('2') });
    await until(() => page.text().includes('Notice 2'));
    expect(page.button('All')?.textContent).toBe('All2');
    // StrictMode mounts twice.
    expect(page.sent('subscribe')).toHaveLength(1);
    document.dispatchEvent(new window.KeyboardEvent('keydown', { key: 'Escape' }));
    await until(() => !page.text().includes('Notice 2'));
  },

  async 'an action is called with its item, and one that is left out is not offered'() {
    const done: string[] = [];
    const failed: unknown[] = [];
    const actions = {
      read: async ({ id }: Notice) => done.push(id),
      archive: () => Promise.reject(new Error('not here')),
    };
    const onError = (error: unknown) => failed.push(error);
    using page = mount((position) =>
      h(InboxPanel<Notice>, inboxProps(position, [notice('1')], { actions, onError })),
    );
    await until(() => page.button('Mark as read') !== undefined);
    page.button('Mark as read')?.click();
    page.button('Archive')?.click();
    await until(() => done.length + failed.length === 2);
    expect(done).toEqual(['1']);
    expect(page.button('Confirm')).toBeUndefined();
  },

  async 'an archived item is offered to come back, and nothing else'() {
    const done: string[] = [];
    const act = (what: string) => async () => done.push(what);
    const actions = {
      read: act('read'),
      unread: act('unread'),
      archive: act('archive'),
      restore: act('restore'),
    };
    const at = '2026-01-01T10:00:00.000Z';
    using page = mount((position) =>
      h(
        InboxPanel<Notice>,
        inboxProps(position, [notice('1', { readAt: at, archivedAt: at })], { actions, see: act('see') }),
      ),
    );
    await until(() => page.button('Back to the inbox') !== undefined);
    page.button('Back to the inbox')?.click();
    await until(() => done.includes('restore'));
    expect(['Mark as read', 'Mark as unread', 'Archive'].map(page.button)).toEqual(Array(3).fill(undefined));
    expect(done.filter((each) => each === 'see')).toHaveLength(1);
  },

  async 'an address that runs a script is no link, and one of the web is'() {
    const data = [notice('1', { link: ' java\tscript:alert(1)' }), notice('2', { link: '/cases/7' })];
    using page = mount((position) => h(InboxPanel<Notice>, inboxProps(position, data)));
    await until(() => page.text().includes('Notice 2'));
    const links = [...page.container.querySelectorAll('a')].map(({ href }) => href);
    expect(links).toEqual(['http://page.test/cases/7']);
  },

  async 'a list says what it has, marks what changed, and is empty in words'() {
    const list = (data: readonly Notice[]) => (position: (of: string) => string) =>
      h(LiveList<Notice>, {
        label: 'Notices',
        channel,
        empty: 'None yet.',
        getPage: async () => ({ data, position: position(channel) }),
        keyOf: ({ id }) => id,
        change: ({ data }) => ({ put: data as Notice }),
        row: ({ title }) => title,
      });
    using empty = mount(list([]));
    await until(() => empty.text() === 'None yet.');
    using page = mount(list([notice('1')]));
    await until(() => page.text() === 'Notice 1');
    page.server.publish(channel, { type: 'notification', data: notice('1', { title: 'Changed' }) });
    await until(() => page.text() === 'Changed');
    expect(page.container.querySelectorAll('li[data-changed]')).toHaveLength(1);
  },

  async 'the status of the connection is in words, and in the words that are given'() {
    const words = {
      live: 'Buhay',
      slow: '',
      connecting: '',
      waiting: 'Naghihintay',
      off: '',
      stopped: '',
      pending: () => '',
    };
    using page = mount(() => h(ConnectionStatus, { words }));
    await until(() => page.text() === 'Buhay');
    page.server.stop();
    await until(() => page.text() === 'Naghihintay');
    expect(page.container.querySelector('[role=status]')?.getAttribute('data-kind')).toBe('waiting');
  },
};

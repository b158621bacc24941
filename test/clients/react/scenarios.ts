import { expect } from 'bun:test';
import { createElement as h, type ReactNode, StrictMode, Suspense, useState, version } from 'react';
import { createRoot } from 'react-dom/client';
import { createClient } from '../../../clients/web/src/index.ts';
import {
  TambuliProvider,
  useChannel,
  useConnection,
  useInbox,
  usePresence,
  useSnapshot,
} from '../../../clients/web/src/react/index.ts';
import { createTestServer, forbidden } from '../../../clients/web/src/testing/index.ts';
import { until } from '../../support/until.ts';

/** Behaviours of the hooks, by sentence; the test runs all of them with each version of React. */

export { version };

/** A page under StrictMode with a client of its own. */
function mount(component: () => ReactNode) {
  const server = createTestServer();
  const client = createClient('http://server.test', server.options);
  const container = document.createElement('div');
  const root = createRoot(container);
  const page = () => h(StrictMode, null, h(TambuliProvider, { client }, h(component)));
  const rendered = () => container.textContent ?? '';
  root.render(page());
  return {
    server,
    client,
    rendered,
    rerender: () => root.render(page()),
    /** Until the page says this and nothing else. */
    shows: (text: string) => until(() => rendered() === text),
    sent: (type: string) => server.frames.filter((frame) => frame.type === type),
    [Symbol.dispose]() {
      root.unmount();
      client.close();
    },
  };
}

export const scenarios: Readonly<Record<string, () => Promise<void>>> = {
  async 'mounting twice, as StrictMode does, is one connection, one subscribe frame and no unsubscribe'() {
    using page = mount(() => h('p', null, useChannel('hearings', () => undefined).status));
    await page.shows('subscribed');
    expect(page.sent('subscribe')).toMatchObject([{ channels: [{ channel: 'hearings' }] }]);
    expect(page.sent('unsubscribe')).toEqual([]);
    expect(page.server.connections).toBe(1);
  },

  async 'a new callback in every render sends nothing, and the latest one is called'() {
    const heard: string[] = [];
    let renders = 0;
    using page = mount(() => {
      const render = ++renders;
      const { status } = useChannel('hearings', ({ data }) => heard.push(`${data} in render ${render}.`));
      return h('p', null, `${status} in render ${render}.`);
    });
    await until(() => page.rendered().startsWith('subscribed'));
    const before = [page.server.frames.length, page.rendered()] as const;
    page.rerender();
    await until(() => page.rendered() !== before[1]);
    page.server.publish('hearings', { type: 'note', data: 'one' });
    await until(() => heard.length === 1);
    expect(heard).toEqual([page.rendered().replace('subscribed', 'one')]);
    expect(page.server.frames).toHaveLength(before[0]);
  },

  async 'a component that is left and entered again at once stays subscribed'() {
    let toggle = () => undefined as unknown;
    const Reader = () => h('p', null, useChannel('hearings', () => undefined).status);
    using page = mount(() => {
      const [shown, setShown] = useState(true);
      toggle = () => setShown(!shown);
      return shown ? h(Reader) : h('p', null, 'away');
    });
    await page.shows('subscribed');
    toggle();
    await page.shows('away');
    toggle();
    await page.shows('subscribed');
    expect(page.sent('subscribe')).toHaveLength(1);
    expect(page.sent('unsubscribe')).toEqual([]);
  },

  async 'no name reads nothing, and a name that comes later is subscribed'() {
    let choose = (_name: string) => undefined as unknown;
    using page = mount(() => {
      const [name, setName] = useState<string | null>(null);
      choose = setName;
      return h('p', null, useConnection().status, useChannel(name, () => undefined).status);
    });
    await page.shows('connectedunsubscribed');
    expect(page.sent('subscribe')).toEqual([]);
    choose('cases');
    await page.shows('connectedsubscribed');
    expect(page.sent('subscribe')).toMatchObject([{ channels: [{ channel: 'cases' }] }]);
  },

  async 'a render that is never committed registers nothing'() {
    using page = mount(() => h(Suspense, { fallback: 'waiting' }, h(Suspended)));
    await page.shows('waiting');
    await until(() => page.client.state.status === 'connected');
    await page.client.channel('other').history();
    expect(page.sent('subscribe')).toEqual([]);
  },

  async 'a snapshot is fetched once for all components of a name, and reduced by what follows'() {
    let fetched = 0;
    const server = { position: () => '' };
    const getState = async () => {
      fetched++;
      return { data: 10, position: server.position() };
    };
    const Sum = () => {
      const { data } = useSnapshot(
        'sums',
        getState,
        (sum: number, publication) => sum + Number(publication.data),
      );
      return h('p', null, `sum ${data ?? 'unknown'}.`);
    };
    using page = mount(() => h('div', null, h(Sum), h(Sum)));
    server.position = () => page.server.position('sums');
    await page.shows('sum 10.sum 10.');
    page.server.publish('sums', { type: 'add', data: 5 });
    await page.shows('sum 15.sum 15.');
    expect(fetched).toBe(1);
    page.server.close();
    page.server.publish('sums', { type: 'add', data: 1 });
    await page.shows('sum 16.sum 16.');
    expect(fetched).toBe(1);
  },

  async 'a snapshot that the server rendered is shown at once, not fetched, and brought up to date from its position'() {
    let fetched = 0;
    const getState = async () => {
      fetched++;
      return { data: 'fetched' };
    };
    const initial = { data: 'rendered', position: 'test1:0' };
    const add = (list: string, { data }: { readonly data: unknown }) => `${list}, ${data}`;
    using page = mount(() => h('p', null, useSnapshot('list', getState, add, initial).data));
    page.server.publish('list', { type: 'note', data: 'since then' });
    await page.shows('rendered, since then');
    page.server.publish('list', { type: 'note', data: 'live' });
    await page.shows('rendered, since then, live');
    expect(page.sent('subscribe')).toMatchObject([{ channels: [{ since: 'test1:0' }] }]);
    expect(fetched).toBe(0);
    page.server.prune('list');
    page.server.publish('list', { type: 'note', data: 'lost' });
    page.server.prune('list');
    page.server.close();
    page.server.publish('list', { type: 'note', data: 'missed' });
    page.server.prune('list');
    await page.shows('fetched');
  },

  async 'a snapshot is fetched again when history is gone'() {
    let data = 'first';
    const getState = async () => ({ data });
    using page = mount(() => h('p', null, useSnapshot('list', getState, (list: string) => list).data));
    await page.shows('first');
    data = 'second';
    page.server.stop();
    page.server.publish('list', { type: 'lost', data: null });
    page.server.prune('list');
    page.server.start();
    await page.shows('second');
  },

  async 'a snapshot whose component was away while something was published is fetched again'() {
    let data = 'first';
    let toggle = () => undefined as unknown;
    const getState = async () => ({ data });
    const List = () => h('p', null, useSnapshot('list', getState, (list: string) => list).data);
    using page = mount(() => {
      const [shown, setShown] = useState(true);
      toggle = () => setShown(!shown);
      useChannel('list', () => undefined);
      return shown ? h(List) : h('p', null, 'away');
    });
    await page.shows('first');
    toggle();
    await page.shows('away');
    data = 'second';
    const { position } = page.server.publish('list', { type: 'change', data: null });
    await page.client.reached('list', position);
    toggle();
    await page.shows('second');
  },

  async 'who is there is shown as they come and go'() {
    using page = mount(() => {
      const { count, users } = usePresence('lobby');
      return h('p', null, `${count}: ${users.map(({ userId }) => userId).join()}.`);
    });
    await page.shows('0: .');
    const user = (userId: string) => ({ userId, role: 'clinician', since: '2026-01-01T00:00:00Z' });
    page.server.presence('lobby', [user('ana'), user('ben')]);
    await page.shows('2: ana,ben.');
  },

  async 'an inbox counts what is unread as it comes, is read and is deleted'() {
    const item = (id: number, readAt: string | null = null) => ({ id, title: `title ${id}`, readAt });
    const getPage = async () => ({ data: [item(2), item(1, '2026-01-01T00:00:00Z')], unread: 7 });
    using page = mount(() => {
      const { data } = useInbox('notifications', getPage);
      return h(
        'p',
        null,
        `${data?.items.map(({ id, readAt }) => (readAt ? id : `*${id}`)).join()} of ${data?.unread}.`,
      );
    });
    await page.shows('*2,1 of 7.');
    const tell = (type: string, data: unknown) => page.server.publish('notifications', { type, data });
    tell('notification', item(3));
    await page.shows('*3,*2,1 of 8.');
    tell('notificationRead', { id: 3, readAt: '2026-01-02T00:00:00Z' });
    await page.shows('3,*2,1 of 7.');
    tell('notificationRead', { ids: [2, 900], readAt: '2026-01-02T00:00:00Z' });
    await page.shows('3,2,1 of 5.');
    tell('notificationDeleted', { id: 1 });
    await page.shows('3,2 of 5.');
    tell('unread_count', { count: 4, version: 9 });
    await page.shows('3,2 of 4.');
  },

  async 'a refusal is shown with its code'() {
    using page = mount(() => {
      const { status, error } = useChannel('cases', () => undefined);
      return h('p', null, `${status} ${error?.code}.`);
    });
    page.client.on('error', () => undefined);
    page.server.refuse('cases', forbidden);
    await page.shows('failed forbidden.');
  },
};

const never = new Promise<never>(() => undefined);

function Suspended(): ReactNode {
  useConnection();
  useChannel('hearings', () => undefined);
  useSnapshot(
    'cases',
    () => never,
    (data) => data,
  );
  usePresence('lobby');
  useInbox('notifications', () => never);
  throw never;
}

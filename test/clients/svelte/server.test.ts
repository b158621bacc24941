import { expect, test } from 'bun:test';
import { inbox } from '../../../clients/web/src/svelte/inbox.ts';
import { channel, connection, presence, snapshot } from '../../../clients/web/src/svelte/index.ts';
import { inboxWithTabs } from '../../../clients/web/src/svelte/parts.ts';
import * as runes from '../../../clients/web/src/svelte/runes.ts';
import { connected, connectSocket, disconnectSocket } from '../../../clients/web/src/svelte/socket-store.ts';
import type { Client } from '../../../clients/web/src/types.ts';

/** Throws when anything is asked of it. */
const untouchable = new Proxy({} as Client, {
  get(_target, member) {
    throw new Error(`client.${String(member)} was used on a server`);
  },
});
const never = () => Promise.reject(new Error('fetched on a server'));
const nothing = () => undefined;

test('a server reads stores and runes without touching the client', () => {
  const read: unknown[] = [];
  const stores = [
    connection(untouchable),
    channel(untouchable, 'hearings', nothing),
    snapshot(untouchable, 'cases', never, (cases) => cases),
    presence(untouchable, 'lobby'),
    snapshot(untouchable, 'cases', never, (cases) => cases, { data: 'rendered' }),
    inbox(untouchable, 'notifications', never),
    inboxWithTabs(untouchable, { channel: 'notifications', tabs: [], getPage: never }),
  ];
  for (const store of stores) store.subscribe((value) => read.push(value))();
  expect(read).toMatchObject([
    { status: 'disconnected' },
    { status: 'unsubscribed' },
    {},
    { count: 0 },
    { data: 'rendered' },
    {},
    { isLoading: true, unread: 0 },
  ]);
  expect([
    runes.connection(untouchable).current.status,
    runes.channel(untouchable, 'hearings', nothing).current.status,
    runes.snapshot(untouchable, 'cases', never, (cases) => cases).current.data,
    runes.presence(untouchable, 'lobby').current.count,
  ]).toEqual(['disconnected', 'unsubscribed', undefined, 0]);
});

test('the socket store of the portals stays disconnected on a server', () => {
  const seen: boolean[] = [];
  const stop = connected.subscribe((isConnected) => seen.push(isConnected));
  connectSocket({ url: 'http://127.0.0.1:1' });
  disconnectSocket();
  stop();
  expect(seen).toEqual([false, false]);
});

import { expect, test } from 'bun:test';
import { createElement as h, type ReactNode } from 'react';
import { renderToString } from 'react-dom/server';
import {
  TambuliProvider,
  useChannel,
  useConnection,
  useInbox,
  usePresence,
  useSnapshot,
} from '../../../clients/web/src/react/index.ts';
import type { Client } from '../../../clients/web/src/types.ts';

/** Throws when anything is asked of it. */
const untouchable = new Proxy({} as Client, {
  get(_target, member) {
    throw new Error(`client.${String(member)} was used on a server`);
  },
});

function Page(): ReactNode {
  const getState = () => Promise.reject(new Error('fetched on a server'));
  const { status } = useConnection();
  const channel = useChannel('hearings', () => undefined, { getState });
  const { data } = useSnapshot('cases', getState, (cases) => cases);
  const rendered = useSnapshot('hearings', getState, (all) => all, { data: 'rendered', position: 'e:1' });
  const { count } = usePresence('lobby');
  const inbox = useInbox('notifications', getState);
  return h(
    'p',
    null,
    [status, channel.status, data ?? 'none', count, inbox.data?.unread ?? 'none', rendered.data].join(' '),
  );
}

test('a server renders the hooks without touching the client', () => {
  expect(renderToString(h(TambuliProvider, { client: untouchable }, h(Page)))).toBe(
    '<p>disconnected unsubscribed none 0 none rendered</p>',
  );
});

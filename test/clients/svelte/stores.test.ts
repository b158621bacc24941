import { describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import { VERSION } from 'svelte/compiler';
import { createClient } from '../../../clients/web/src/index.ts';
import { createTestServer } from '../../../clients/web/src/testing/index.ts';
import { importWithDom } from '../../support/browser/dom-bundle.ts';
import { until } from '../../support/until.ts';
import { svelte4, svelte5 } from './compiling.ts';

const here = (name: string) => join(import.meta.dir, name);

const four = await importWithDom<typeof import('./svelte-4.ts')>(here('svelte-4.ts'), svelte4.aliases, [
  svelte4.plugin,
]);
const five = await importWithDom<typeof import('./svelte-5.ts')>(here('svelte-5.ts'), svelte5.aliases, [
  svelte5.plugin,
]);

const pages = {
  'stores in Svelte 4.2.19': { show: four.show, makeTarget: four.makeTarget },
  [`stores in Svelte ${VERSION}`]: { show: five.show, makeTarget: five.makeTarget },
  [`runes in Svelte ${VERSION}`]: { show: five.showRunes, makeTarget: five.makeTarget },
};

for (const [name, { show, makeTarget }] of Object.entries(pages)) {
  describe(name, () => {
    test('show the connection, the channel, a snapshot that publications bring up to date, and who is there', async () => {
      const server = createTestServer();
      const client = createClient('http://server.test', server.options);
      const target = makeTarget();
      const heard: unknown[] = [];
      client.connect();
      const leave = show(target, { client, heard });
      const shows = (text: string) => until(() => target.textContent?.replace(/\s+/g, ' ').trim() === text);
      await shows('connected subscribed 10 0 subscribed');
      server.publish('hearings', { type: 'note', data: 'one' });
      server.publish('sums', { type: 'add', data: 5 });
      server.presence('lobby', [{ userId: 'ana', role: 'clinician', since: '2026-01-01T00:00:00Z' }]);
      await shows('connected subscribed 15 1 subscribed');
      // Two places of the page read the store; its handler is called once.
      expect(heard).toEqual(['one']);
      const named = server.frames.flatMap((frame) => (frame.type === 'subscribe' ? frame.channels : []));
      expect(named.map(({ channel }) => channel).sort()).toEqual(['hearings', 'lobby', 'sums']);
      leave();
      client.close();
    });

    test('a page that is left and entered again sends nothing', async () => {
      const server = createTestServer();
      const client = createClient('http://server.test', server.options);
      const [target, props] = [makeTarget(), { client, heard: [] }];
      client.connect();
      const leave = show(target, props);
      await until(() => target.textContent?.includes('connected subscribed 10') === true);
      const before = server.frames.length;
      leave();
      const leaveAgain = show(target, props);
      await until(() => target.textContent?.includes('connected subscribed 10') === true);
      expect(server.frames).toHaveLength(before);
      leaveAgain();
      client.close();
    });
  });
}

test('an inbox with tabs is a store of Svelte, whose methods change it', async () => {
  const { inboxWithTabs } = await importWithDom<typeof import('../../../clients/web/src/svelte/parts.ts')>(
    here('../../../clients/web/src/svelte/parts.ts'),
  );
  const server = createTestServer();
  const client = createClient('http://server.test', server.options);
  const inbox = inboxWithTabs<{ readonly id: string; readonly readAt: string | null }>(client, {
    channel: 'notifications',
    tabs: [
      { id: 'all', holds: () => true },
      { id: 'unread', holds: ({ readAt }) => !readAt },
    ],
    getPage: async (tab) => ({
      data: [{ id: tab, readAt: null }],
      unread: 1,
      position: server.position('notifications'),
    }),
  });
  client.connect();
  const shown: (string | undefined)[] = [];
  const leave = inbox.subscribe(({ items }) => shown.push(items?.map(({ id }) => id).join()));
  await until(() => shown.at(-1) === 'all');
  inbox.choose('unread');
  await until(() => shown.at(-1) === 'unread');
  server.publish('notifications', { type: 'notification', data: { id: 'new' } });
  await until(() => shown.at(-1) === 'new,unread');
  leave();
  client.close();
});

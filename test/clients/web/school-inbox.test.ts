import { afterAll, beforeAll, expect, test } from 'bun:test';
import { createClient } from '../../../clients/web/src/index.ts';
import { type InboxItem, type InboxPage, inboxRules } from '../../../clients/web/src/stores/inbox.ts';
import { snapshotStore } from '../../../clients/web/src/stores/snapshot.ts';
import { joseph, type School, sendTo, startSchool } from '../../domains/school/support.ts';
import { until } from '../../support/until.ts';

let school: School;
beforeAll(async () => {
  school = await startSchool();
});
afterAll(() => school[Symbol.asyncDispose]());

interface Event extends InboxItem {
  readonly title: string;
}

test('an inbox of the school hears of arrivals, readings on other devices, and events that are taken back', async () => {
  const [early] = await sendTo(school, joseph, ['early']);
  const client = createClient(school.url, { identity: joseph });
  let fetched = 0;
  const rules = inboxRules<Event>(async () => {
    fetched++;
    const { body } = await school.call(joseph, 'GET', '/events');
    return body as InboxPage<Event>;
  });
  const store = snapshotStore(client, 'realtime_events', rules);
  const stop = store.subscribe(() => undefined);
  client.connect();
  /** Unread ones have a star. */
  const shown = () => {
    const { items = [], unread } = store.get().data ?? {};
    return `${items.map(({ title, readAt }) => title + (readAt ? '' : '*'))} | ${unread}`;
  };
  const shows = (text: string) => until(() => shown() === text);
  await shows('early* | 1');

  const [second, third] = await sendTo(school, joseph, ['second', 'third']);
  await shows('third*,second*,early* | 3');
  await school.call(joseph, 'PUT', `/events/${early}/read`, {});
  await shows('third*,second*,early | 2');
  await school.call(undefined, 'POST', `/events/${third}/cancel`, {});
  await shows('second*,early | 1');
  await school.call(joseph, 'PUT', '/events/read-all');
  await shows('second,early | 0');
  expect([fetched, second === undefined]).toEqual([1, false]);
  stop();
  client.close();
});

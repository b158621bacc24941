import { afterAll, beforeAll, expect, test } from 'bun:test';
import {
  amina,
  greenfield,
  inboxOf,
  jane,
  joseph,
  type Person,
  ruth,
  type School,
  samuel,
  startSchool,
} from './support.ts';

/** A login whose token names no schools. */
const without = ({ userId, role }: Person): Person => ({ userId, role });

let school: School;
beforeAll(async () => {
  school = await startSchool();
});
afterAll(() => school[Symbol.asyncDispose]());

async function announce(who: Person, title: string, more: object = {}): Promise<string> {
  const { status, body } = await school.call(who, 'POST', '/broadcast/school', {
    title,
    message: 'm',
    ...more,
  });
  expect({ status, body }).toMatchObject({ status: 200, body: { data: { deliveryMode: 'channel' } } });
  return (body as { data: { eventId: string } }).data.eventId;
}

test('an announcement reaches a stock client whose token names no school, as its membership says, and nobody elsewhere', async () => {
  await using parent = await school.open(without(joseph));
  await using director = await school.open(without(amina));
  await using stranger = await school.open(without(jane));
  await announce(ruth, 'Closed on Friday');
  for (const client of [parent, director]) {
    expect(await client.next('realtime_event')).toMatchObject({
      title: 'Closed on Friday',
      tenantId: greenfield,
    });
  }
  await announce(samuel, 'Open on Saturday');
  expect(await stranger.next('realtime_event')).toMatchObject({ title: 'Open on Saturday' });
  expect(await director.next('realtime_event')).toMatchObject({ title: 'Open on Saturday' });
});

test('it counts as unread, and reading it on one device tells the others', async () => {
  const who = without(joseph);
  await school.call(who, 'PUT', '/events/read-all');
  await using tablet = await school.open(who);
  const eventId = await announce(ruth, 'One');
  await announce(ruth, 'Two');
  const { data, unread } = await inboxOf(school, who, '?unread=true');
  expect(data.map(({ title }) => title)).toEqual(['Two', 'One']);
  expect(unread).toMatchObject({ announcements: 2, total: unread.count + 2 });
  await school.call(who, 'PUT', `/events/${eventId}/read`);
  expect(await tablet.next('event_status')).toMatchObject({ eventId, status: 'read' });
  expect((await inboxOf(school, who)).unread).toMatchObject({ announcements: 1 });
  await school.call(who, 'PUT', '/events/read-all');
  expect(await tablet.next('events_read')).toMatchObject({ readAt: expect.any(String) });
  expect((await inboxOf(school, who)).unread).toMatchObject({ announcements: 0 });
});

import { expect, test } from 'bun:test';
import { joinAs } from '../../support/services/session.ts';
import {
  amina,
  esther,
  grace,
  greenfield,
  inboxOf,
  jane,
  joseph,
  type Person,
  riverside,
  ruth,
  samuel,
  sendTo,
  startSchool,
} from './support.ts';

const teacher2: Person = { userId: 'teacher-2', role: 'teacher', tenants: [riverside] };
const message = { title: 't', message: 'm' };

test('over REST, nobody reads, acknowledges or raises anything at a school that is not theirs', async () => {
  await using school = await startSchool();
  const [eventId] = await sendTo(school, joseph, ['Private']);
  await school.call(ruth, 'POST', '/broadcast/school', message);
  for (const stranger of [jane, samuel, teacher2]) {
    expect((await inboxOf(school, stranger)).data).toEqual([]);
    for (const what of ['read', 'ack']) {
      expect(await school.call(stranger, 'PUT', `/events/${eventId}/${what}`)).toMatchObject({ status: 404 });
    }
  }
  const announced = (await inboxOf(school, joseph)).data.find(({ title }) => title === 't');
  expect(await school.call(jane, 'PUT', `/events/${announced?.['id']}/read`)).toMatchObject({ status: 404 });
  for (const [who, schoolId, status] of [
    [samuel, greenfield, 403],
    [{ ...samuel, tenants: [greenfield] }, greenfield, 403],
    [{ ...samuel, role: 'school_director' }, greenfield, 403],
    [ruth, riverside, 403],
    [{ userId: 'director-2', role: 'school_director' }, greenfield, 403],
    [amina, greenfield, 200],
    [amina, riverside, 200],
    [grace, greenfield, 200],
    [ruth, greenfield, 200],
  ] as const) {
    const answer = await school.call(who, 'POST', '/broadcast/school', { ...message, schoolId });
    expect({ who, schoolId, status: answer.status }).toEqual({ who, schoolId, status });
  }
});

test('over a socket, nobody subscribes to the announcements of a school that is not theirs', async () => {
  await using school = await startSchool();
  for (const [who, schoolId, code] of [
    [joseph, riverside, 'forbidden'],
    [{ ...joseph, tenants: [riverside] }, riverside, 'forbidden'],
    [{ ...joseph, role: 'super_admin' }, riverside, 'forbidden'],
    [{ userId: 'director-2', role: 'school_director' }, greenfield, 'forbidden'],
    [jane, riverside, undefined],
    [amina, riverside, undefined],
    [grace, greenfield, undefined],
  ] as const) {
    const identity: Person = who;
    await using client = await joinAs(school, identity);
    client.send({ type: 'subscribe', channel: `realtime_announcements:${schoolId}` });
    const answer = await client.next(code ? 'error' : 'subscribed');
    expect(answer['code']).toBe(code);
  }
});

test('who has several schools, or none, says which one a broadcast is for', async () => {
  await using school = await startSchool();
  for (const who of [amina, grace, undefined]) {
    expect(await school.call(who, 'POST', '/broadcast/school', message)).toMatchObject({
      status: 422,
      body: { errors: [{ field: 'schoolId' }] },
    });
  }
  const inContext = { ...amina, tenants: [riverside] };
  expect(await school.call(inContext, 'POST', '/broadcast/school', message)).toMatchObject({ status: 200 });
  expect((await inboxOf(school, jane)).data).toMatchObject([{ tenantId: riverside }]);
  expect((await inboxOf(school, esther)).data).toEqual([]);
});

test('a maintenance reaches all schools, or those that are named, and only an administrator announces it', async () => {
  await using school = await startSchool();
  expect(await school.call(ruth, 'POST', '/events/system', message)).toMatchObject({ status: 403 });
  expect(await school.call(grace, 'POST', '/events/system', message)).toMatchObject({
    status: 200,
    body: { data: { recipients: 15 } },
  });
  await school.call(undefined, 'POST', '/events/system', { ...message, schoolIds: [riverside] });
  expect((await inboxOf(school, jane)).data).toHaveLength(2);
  expect((await inboxOf(school, joseph)).data).toMatchObject([
    { eventType: 'system_maintenance', priority: 'urgent' },
  ]);
});

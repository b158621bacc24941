import { expect, test } from 'bun:test';
import { openSocketIo } from '../../support/clients/socket-io-client.ts';
import { connect } from '../../support/clients/ws-client.ts';
import { jwtMode, makeToken } from '../../support/services/service.ts';
import { joinAs } from '../../support/services/session.ts';
import { until } from '../../support/until.ts';
import { amina, greenfield, joseph, riverside, ruth, type School, samuel, startSchool } from './support.ts';

const news = (title: string) => ({ title, message: 'm' });
const announce = (school: School, title: string) =>
  Promise.all([
    school.call(ruth, 'POST', '/broadcast/school', news(`${title} of Greenfield`)),
    school.call(samuel, 'POST', '/broadcast/school', news(`${title} of Riverside`)),
  ]);
const channel = (schoolId: string) => `realtime_announcements:${schoolId}`;

test('a director who switches in mid-stream hears the one school, then the other, and nothing of both', async () => {
  await using school = await startSchool();
  await using desk = await school.open({ ...amina, tenants: [greenfield, riverside] });
  await using phone = await school.open(amina);
  await announce(school, 'First');
  // The credentials of the phone name no school: membership decides.
  for (const device of [desk, phone]) {
    await device.next('realtime_event');
    await device.next('realtime_event');
  }
  const answer = await desk.ask('switch_context', { schoolId: riverside });
  expect(answer).toMatchObject({
    type: 'school_context_switched',
    schoolId: riverside,
    schoolName: 'Riverside School',
    previousSchoolId: null,
  });
  expect(await desk.next('unsubscribed')).toMatchObject({ channel: channel(greenfield), code: 'forbidden' });
  const told = { eventType: 'school_context_switched', payload: { currentSchoolId: riverside } };
  for (const device of [desk, phone]) expect(await device.next('realtime_event')).toMatchObject(told);
  await announce(school, 'Second');
  expect(await desk.next('realtime_event')).toMatchObject({ title: 'Second of Riverside' });
  const back = await desk.ask('switch_context', { schoolId: greenfield });
  expect(back).toMatchObject({ schoolId: greenfield, previousSchoolId: riverside });
  // The channel of the school is subscribed behind the answer.
  const begun = () => desk.all('subscribed').filter((each) => each['channel'] === channel(greenfield));
  await until(() => begun().length === 2);
  await announce(school, 'Third');
  expect(await desk.next('realtime_event')).toMatchObject({ eventType: 'school_context_switched' });
  expect(await desk.next('realtime_event')).toMatchObject({ title: 'Third of Greenfield' });
  const heard = desk.all('realtime_event').map(({ title }) => title);
  expect(heard).not.toContain('Second of Greenfield');
  expect(heard).not.toContain('Third of Riverside');
});

test('nobody switches to a school that is not theirs, and what they read stays as it was', async () => {
  await using school = await startSchool();
  await using other = await joinAs(school, { userId: 'director-2', role: 'school_director' }, [
    channel(riverside),
  ]);
  await using parent = await joinAs(school, joseph, [channel(greenfield)]);
  for (const [client, schoolId] of [
    [other, greenfield],
    [other, 'nowhere'],
    [parent, riverside],
  ] as const) {
    client.send({ type: 'switch_context', id: 1, schoolId });
    expect(await client.next('error')).toMatchObject({ code: 'forbidden', id: 1 });
  }
  await announce(school, 'News');
  expect(await other.next('realtime_event')).toMatchObject({ data: { title: 'News of Riverside' } });
  expect(await parent.next('realtime_event')).toMatchObject({ data: { title: 'News of Greenfield' } });
});

test('a new token keeps the context, unless it no longer allows it', async () => {
  await using school = await startSchool(jwtMode);
  const tokenFor = (tenants: readonly string[]) =>
    makeToken({ user: 'director-1', role: 'school_director', tenants });
  await using client = await connect(school.socketUrl);
  const authenticate = async (tenants: readonly string[]) => {
    client.send({ type: 'auth', token: await tokenFor(tenants) });
    await client.next('authenticated');
  };
  const subscribe = async (schoolId: string) => {
    client.send({ type: 'subscribe', channel: channel(schoolId) });
    await settle();
    return client.all('error').at(-1)?.['code'];
  };
  const settle = async () => {
    client.send({ type: 'ping' });
    await client.next('pong');
  };
  await authenticate([greenfield, riverside]);
  client.send({ type: 'switch_context', schoolId: riverside });
  await client.next('school_context_switched');
  await authenticate([greenfield, riverside]);
  expect(await subscribe(greenfield)).toBe('forbidden');
  expect(await subscribe(riverside)).toBe('forbidden');
  expect(client.all('subscribed').map((frame) => frame['channel'])).toEqual([channel(riverside)]);
  await authenticate([greenfield]);
  expect(await client.next('unsubscribed')).toMatchObject({ channel: channel(riverside), code: 'forbidden' });
  await subscribe(greenfield);
  expect(client.all('subscribed').map((frame) => frame['channel'])).toEqual([
    channel(riverside),
    channel(greenfield),
  ]);
});

test('a token that names one school leaves its holder no other to switch to', async () => {
  await using school = await startSchool(jwtMode);
  const token = await makeToken({ user: 'director-1', role: 'school_director', tenants: [greenfield] });
  await using client = await openSocketIo(school.url, { auth: { token } });
  expect(await client.ask('switch_context', { schoolId: riverside })).toMatchObject({ code: 'forbidden' });
});

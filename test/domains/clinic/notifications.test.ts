import { afterAll, beforeAll, expect, test } from 'bun:test';
import { joinAs, settle } from '../../support/services/session.ts';
import { asha, type Clinic, chw, clinician, startClinic } from './support.ts';

const path = '/api/clinic/notifications';
const note = { userId: 'asha1', title: 'Please call', message: 'About Ana Reyes.', caseId: 'CASE-2' };

let clinic: Clinic;
beforeAll(async () => {
  clinic = await startClinic();
});
afterAll(() => clinic[Symbol.asyncDispose]());

test('a notification reaches its user on all their devices and nobody else, and is kept', async () => {
  await using phone = await joinAs(clinic, asha, ['clinic_notifications']);
  await using tablet = await joinAs(clinic, asha, ['clinic_notifications']);
  await using other = await joinAs(clinic, chw, ['clinic_notifications']);
  const { body } = await clinic.call(clinician, 'POST', path, note);
  const { data } = body as { data: { notificationId: string } };
  const { userId: _, ...shown } = note;
  expect(data).toMatchObject({ ...shown, sentBy: 'dr-cruz', readAt: null });
  for (const device of [phone, tablet]) expect((await device.next('notification'))['data']).toEqual(data);
  await settle(other);
  expect(other.all('notification')).toEqual([]);
  expect((await clinic.call(asha, 'GET', path)).body).toMatchObject({ data: [data], unread: 1 });
  expect((await clinic.call(chw, 'GET', path)).body).toMatchObject({ data: [], unread: 0 });

  const read = `${path}/${data.notificationId}/read`;
  expect((await clinic.call(chw, 'POST', read)).status).toBe(404);
  const first = await clinic.call(asha, 'POST', read);
  expect(first).toMatchObject({ status: 200, body: { data: { readAt: expect.any(String) } } });
  for (const device of [phone, tablet]) {
    const told = await device.next('notificationRead');
    expect(told['data']).toMatchObject({ notificationId: data.notificationId });
  }
  expect((await clinic.call(asha, 'POST', read)).body).toMatchObject({ success: true });
  await settle(phone);
  expect(phone.all('notificationRead')).toHaveLength(1);
  expect((await clinic.call(asha, 'GET', `${path}?unread=true`)).body).toMatchObject({ data: [], unread: 0 });
});

test('only clinicians and admins notify, and about a case that exists', async () => {
  expect((await clinic.call(asha, 'POST', path, note)).status).toBe(403);
  expect((await clinic.call(clinician, 'POST', path, { ...note, caseId: 'none' })).status).toBe(404);
  expect((await clinic.call(clinician, 'POST', path, { ...note, title: '' })).status).toBe(422);
  expect((await clinic.call(asha, 'POST', `${path}/not-an-id/read`)).status).toBe(422);
});

const listOf = async (query = '') =>
  (await clinic.call(asha, 'GET', path + query)).body as {
    readonly data: readonly { readonly notificationId: string; readonly title: string }[];
    readonly unread: number;
  };
const send = (title: string, caseId?: string) =>
  clinic.call(clinician, 'POST', path, { userId: 'asha1', title, message: 'm', ...(caseId && { caseId }) });
const clear = async () => {
  await clinic.database.query('delete from clinic.notifications');
  await clinic.database.query('delete from realtime_mutes');
};

test('marking all as read tells the ids to all devices of the person, and to nobody else', async () => {
  await clear();
  for (const title of ['one', 'two']) await send(title);
  await clinic.call(clinician, 'POST', path, { ...note, userId: 'chw1' });
  const ids = (await listOf()).data.map(({ notificationId }) => notificationId);
  await using phone = await joinAs(clinic, asha, ['clinic_notifications']);
  await using other = await joinAs(clinic, chw, ['clinic_notifications']);
  const answer = await clinic.call(asha, 'POST', `${path}/read`);
  expect(answer).toMatchObject({ status: 200, body: { success: true, data: { changed: 2 } } });
  const told = await phone.next('notificationRead');
  const { notificationIds, readAt } = told['data'] as { notificationIds: string[]; readAt: string };
  expect(notificationIds.toSorted()).toEqual(ids.toSorted());
  expect(readAt).toMatch(/Z$/);
  expect((answer.body as { position: string }).position).toEndWith(`:${told['offset']}`);
  expect((await listOf()).unread).toBe(0);
  expect((await clinic.call(asha, 'POST', `${path}/read`)).body).toEqual({
    success: true,
    data: { changed: 0 },
  });
  await settle(other);
  expect(other.all('notificationRead')).toEqual([]);
  expect((await clinic.call(chw, 'GET', path)).body).toMatchObject({ unread: 1 });
});

test('what was deleted is told to the devices of its person, who alone may', async () => {
  await clear();
  await send('one');
  const [one] = (await listOf()).data;
  const address = `${path}/${one?.notificationId}`;
  await using phone = await joinAs(clinic, asha, ['clinic_notifications']);
  for (const who of [chw, clinician]) expect((await clinic.call(who, 'DELETE', address)).status).toBe(404);
  expect(await clinic.call(asha, 'DELETE', address)).toMatchObject({
    status: 200,
    body: { success: true, position: expect.any(String) },
  });
  const told = await phone.next('notificationDeleted');
  expect(told).toMatchObject({ eventType: 'deleted', data: one && { notificationId: one.notificationId } });
  expect((await listOf()).data).toEqual([]);
  expect((await clinic.call(asha, 'DELETE', address)).status).toBe(404);
});

test('notifications about a case that is muted, or all of them, are kept and published to nobody', async () => {
  await clear();
  await using phone = await joinAs(clinic, asha, ['clinic_notifications']);
  const mutes = `${path}/mutes`;
  expect((await clinic.call(asha, 'PUT', mutes, { kind: 'CASE-2' })).body).toMatchObject({
    data: { everything: false, kinds: ['CASE-2'] },
  });
  const quiet = await send('quiet', 'CASE-2');
  expect(quiet).toMatchObject({ status: 200, body: { success: true, data: { title: 'quiet' } } });
  expect((quiet.body as { data: object }).data).not.toHaveProperty('muted');
  await send('of no case');
  expect(await phone.next('notification')).toMatchObject({ data: { title: 'of no case' } });
  await clinic.call(asha, 'PUT', mutes, { everything: true });
  await send('quiet as well');
  await clinic.call(asha, 'DELETE', `${mutes}?everything=true`);
  await send('of another case', 'CASE-1');
  expect(await phone.next('notification')).toMatchObject({ data: { title: 'of another case' } });
  expect(await listOf()).toMatchObject({ unread: 4 });
  expect(phone.all('notification')).toHaveLength(2);
  expect((await clinic.call(chw, 'GET', mutes)).body).toEqual({ data: { everything: false, kinds: [] } });
  await clear();
});

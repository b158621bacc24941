import { afterAll, beforeAll, expect, test } from 'bun:test';
import { joinAs, settle } from '../../support/session.ts';
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

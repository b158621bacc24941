import { expect, test } from 'bun:test';
import { joinAs } from '../../support/services/session.ts';
import { asha, clinician, startClinic } from './support.ts';

const id = expect.any(String);
const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);

test('a clinician completes a case, and the open portals of both have it at once, with exactly four members', async () => {
  await using clinic = await startClinic();
  await using portal = await joinAs(clinic, clinician, ['clinic_cases']);
  await using field = await joinAs(clinic, asha, ['clinic_my_cases']);
  const body = { caseId: 'CASE-2', status: 'COMPLETED' };
  const answer = await clinic.call(clinician, 'POST', '/api/cases/update-status', body);
  expect(answer).toMatchObject({
    status: 200,
    body: { success: true, data: { ...body, version: 3, updatedBy: 'dr-cruz', workerId: 'asha1' } },
  });
  const data = { ...body, updatedBy: 'dr-cruz', timestamp: time };
  for (const client of [portal, field]) {
    const frame = await client.next('caseStatusUpdate');
    expect(frame['data']).toEqual(data);
    expect(Object.keys(Object(frame['data']))).toEqual(['caseId', 'status', 'updatedBy', 'timestamp']);
  }
});

test('a review changes the case and is stored with it', async () => {
  await using clinic = await startClinic();
  await using room = await joinAs(clinic, asha, ['clinic_case:CASE-2']);
  const review = { assessment: 'Likely pre-eclampsia.', advice: 'Bring her to the hospital today.' };
  const answer = await clinic.call(clinician, 'POST', '/api/cases/CASE-2/clinician-review', review);
  expect(answer).toMatchObject({ status: 200, body: { data: { caseId: 'CASE-2', status: 'REVIEWED' } } });
  const { data } = await room.next('caseStatusUpdate');
  expect(data).toEqual({ caseId: 'CASE-2', status: 'REVIEWED', updatedBy: 'dr-cruz', timestamp: time });
  expect((await clinic.call(asha, 'GET', '/api/cases/CASE-2')).body).toMatchObject({
    data: {
      status: 'REVIEWED',
      reviews: [{ ...review, clinicianId: 'dr-cruz', status: 'REVIEWED', createdAt: time }],
    },
  });
});

test('a new case reaches the clinicians and its worker’s other devices, and its worker finds it in the list', async () => {
  await using clinic = await startClinic();
  await using portal = await joinAs(clinic, clinician, ['clinic_cases']);
  await using field = await joinAs(clinic, asha, ['clinic_my_cases']);
  const body = { patientName: 'Nena Cruz', complaint: 'Cough', priority: 'urgent' };
  const created = await clinic.call(asha, 'POST', '/api/cases', body);
  const row = { ...body, caseId: id, status: 'NEW', version: 1, workerId: 'asha1', village: null };
  expect(created).toMatchObject({ status: 200, body: { success: true, data: row } });
  for (const client of [portal, field]) expect((await client.next('newCase'))['data']).toMatchObject(row);
  const { body: list } = await clinic.call(asha, 'GET', '/api/cases?status=NEW');
  expect(list).toMatchObject({ data: [{ patientName: 'Nena Cruz' }, { caseId: 'CASE-1' }] });
});

test('a list gives the position from which its channel goes on without loss or repetition', async () => {
  await using clinic = await startClinic();
  const forward = (caseId: string, status: string) =>
    clinic.call(clinician, 'POST', '/api/cases/update-status', { caseId, status });
  await forward('CASE-2', 'IN_REVIEW');
  const { body } = await clinic.call(asha, 'GET', '/api/cases');
  const { data, position } = body as { data: unknown[]; position: string };
  expect(data).toMatchObject([{ caseId: 'CASE-2', status: 'IN_REVIEW' }, { caseId: 'CASE-1' }]);
  await forward('CASE-2', 'REVIEWED');
  await using field = await joinAs(clinic, asha);
  field.send({ type: 'subscribe', channel: 'clinic_my_cases', since: position });
  expect(await field.next('subscribed')).toMatchObject({ recovered: true });
  expect(await field.next('caseStatusUpdate')).toMatchObject({ offset: 2, data: { status: 'REVIEWED' } });
});

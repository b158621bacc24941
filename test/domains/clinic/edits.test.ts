import { afterAll, beforeAll, beforeEach, expect, test } from 'bun:test';
import { actionStatus, actions } from '../../../src/domains/clinic/statuses.ts';
import { joinAs, settle } from '../../support/services/session.ts';
import { admin, asha, type Clinic, chw, clinician, type Person, startClinic, stranger } from './support.ts';

let clinic: Clinic;
beforeAll(async () => {
  clinic = await startClinic();
});
afterAll(() => clinic[Symbol.asyncDispose]());
beforeEach(async () => {
  await clinic.database.query('delete from public.realtime_leases');
  await clinic.database.query('delete from public.realtime_lease_waiters');
  await clinic.database.query(
    `update clinic.cases set status = 'FORWARDED', version = 2, clinician_id = null, worker_id = 'asha1' where id = 'CASE-2'`,
  );
});

const path = '/api/cases/CASE-2';
const edit = (who: Person, body: object) => clinic.call(who, 'PATCH', path, body);
const assign = (who: Person, body: object) => clinic.call(who, 'PUT', `${path}/assignment`, body);

test('what a case says may be corrected by who sees it, and everybody who reads it hears of it', async () => {
  await using room = await joinAs(clinic, clinician, ['clinic_case:CASE-2', 'clinic_cases']);
  await using worker = await joinAs(clinic, asha, ['clinic_my_cases']);
  const changed = {
    caseId: 'CASE-2',
    complaint: 'Headache since Monday.',
    priority: 'emergency',
    version: 3,
  };
  const { status, body } = await edit(asha, {
    complaint: 'Headache since Monday.',
    priority: 'emergency',
    version: 2,
  });
  expect({ status, body }).toMatchObject({ status: 200, body: { success: true, data: changed } });
  for (const client of [room, room, worker]) {
    expect(await client.next('caseUpdate')).toMatchObject({ eventType: 'updated', data: changed });
  }
  const { body: read } = await clinic.call(asha, 'GET', path);
  expect(read).toMatchObject({ data: changed });
});

test('an edit is refused where a step would be: unseen, over, at another version, locked', async () => {
  const body = { village: null };
  for (const [who, status] of [
    [chw, 404],
    [stranger, 403],
  ] as const) {
    expect([who.role, (await edit(who, body)).status]).toEqual([who.role, status]);
  }
  expect(await edit(asha, { ...body, version: 7 })).toMatchObject({
    status: 409,
    body: { details: { version: 2 } },
  });
  await clinic.call(clinician, 'POST', `${path}/lock`, { sessionId: 'desk' });
  expect(await edit(asha, body)).toMatchObject({
    status: 409,
    body: { details: { holder: { userId: 'dr-cruz' } } },
  });
  expect((await edit(clinician, { ...body, fencingToken: 1 })).status).toBe(200);
  await clinic.database.query(`update clinic.cases set status = 'COMPLETED' where id = 'CASE-2'`);
  expect(await edit(admin, body)).toMatchObject({ status: 409, body: { details: { status: 'COMPLETED' } } });
  for (const empty of [{}, { version: 3 }]) expect((await edit(admin, empty)).status).toBe(422);
});

test('a worker who no longer has a case hears no more of its room and chat', async () => {
  const rooms = ['clinic_case:CASE-2', 'clinic_chat:CASE-2'];
  await using before = await joinAs(clinic, asha, rooms);
  await using reader = await joinAs(clinic, clinician, rooms);
  const { body } = await assign(clinician, { workerId: 'chw1' });
  expect(Object.keys((body as { positions: object }).positions).sort()).toEqual([
    'clinic_case:CASE-2',
    'clinic_cases',
  ]);
  const ended = [await before.next('unsubscribed'), await before.next('unsubscribed')];
  expect(ended.map(({ channel, code }) => ({ channel, code }))).toEqual(
    rooms.map((channel) => ({ channel, code: 'forbidden' })),
  );
  await clinic.call(chw, 'POST', `${path}/chat`, { body: 'not for asha1' });
  await reader.next('chatMessage');
  await settle(before);
  expect(before.all('chatMessage')).toEqual([]);
});

test('of two assignments at once each worker who had the case meanwhile is told', async () => {
  await using first = await joinAs(clinic, chw, ['clinic_my_cases']);
  const given = await Promise.all([
    assign(clinician, { workerId: 'chw1' }),
    assign(admin, { workerId: 'chw2' }),
  ]);
  expect(given.map(({ status }) => status)).toEqual([200, 200]);
  const { workerId } = ((await clinic.call(admin, 'GET', path)).body as { data: { workerId: string } }).data;
  const heard = [await first.next('caseUpdate')];
  if (workerId === 'chw2') heard.push(await first.next('caseUpdate'));
  expect(heard.at(-1)).toMatchObject({ data: { workerId } });
});

test('a case is given to a clinician, back to all, and to another worker, who both hear of it', async () => {
  expect((await assign(asha, { clinicianId: 'dr-cruz' })).status).toBe(403);
  expect(await assign(clinician, { clinicianId: 'dr-cruz' })).toMatchObject({
    status: 200,
    body: { data: { clinicianId: 'dr-cruz', version: 3 } },
  });
  expect(await assign(clinician, { clinicianId: null })).toMatchObject({
    body: { data: { clinicianId: null } },
  });
  await using before = await joinAs(clinic, asha, ['clinic_my_cases']);
  await using after = await joinAs(clinic, chw, ['clinic_my_cases']);
  expect((await assign(admin, { workerId: 'chw1' })).status).toBe(200);
  for (const client of [before, after]) {
    expect(await client.next('caseUpdate')).toMatchObject({
      eventType: 'assigned',
      data: { workerId: 'chw1' },
    });
  }
  expect((await clinic.call(asha, 'GET', path)).status).toBe(404);
  expect((await clinic.call(chw, 'GET', path)).status).toBe(200);
});

test('an admin breaks a lock: its token changes nothing any more, and the first in the queue gets it', async () => {
  const lock = `${path}/lock`;
  await using room = await joinAs(clinic, admin, ['clinic_case:CASE-2']);
  await clinic.call(clinician, 'POST', lock, { sessionId: 'desk' });
  await clinic.call(asha, 'POST', lock, { sessionId: 'tablet', wait: true });
  expect((await clinic.call(clinician, 'DELETE', lock)).status).toBe(403);
  expect((await clinic.call(admin, 'DELETE', lock)).body).toEqual({ success: true, released: true });
  await room.next('lease');
  expect(await room.next('lease')).toMatchObject({ data: { token: 2, holder: { userId: 'asha1' } } });
  expect((await edit(clinician, { village: 'x', fencingToken: 1 })).status).toBe(409);
  await clinic.call(admin, 'DELETE', lock);
  expect((await clinic.call(admin, 'DELETE', lock)).body).toEqual({ success: true, released: false });
  expect((await edit(clinician, { village: 'x' })).status).toBe(200);
});

test('the portals’ own requests: a step by the name of an action, and a review by PUT', async () => {
  const act = (action: string) =>
    clinic.call(admin, 'PATCH', '/api/cases/update-status', { caseId: 'CASE-2', action });
  for (const action of actions) {
    const to = actionStatus[action];
    await clinic.database.query(`update clinic.cases set status = $1 where id = 'CASE-2'`, [
      to === 'FORWARDED' ? 'NEW' : 'FORWARDED',
    ]);
    const { status, body } = await act(action);
    expect({ action, status, body }).toMatchObject({ action, status: 200, body: { data: { status: to } } });
  }
  expect((await act('explode')).status).toBe(422);
  await clinic.database.query(`update clinic.cases set status = 'FORWARDED' where id = 'CASE-2'`);
  const review = await clinic.call(clinician, 'PUT', `${path}/clinician-review`, { assessment: 'Seen.' });
  expect(review).toMatchObject({ status: 200, body: { data: { status: 'REVIEWED' } } });
});

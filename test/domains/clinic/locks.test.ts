import { afterAll, beforeAll, beforeEach, expect, test } from 'bun:test';
import type { WsClient } from '../../support/clients/ws-client.ts';
import { joinAs } from '../../support/services/session.ts';
import { until } from '../../support/until.ts';
import { asha, type Clinic, chw, clinician, type Person, startClinic } from './support.ts';

const lock = '/api/cases/CASE-2/lock';
const one = { sessionId: 'tablet' };
const other = { sessionId: 'desk' };

let clinic: Clinic;
beforeAll(async () => {
  clinic = await startClinic();
});
afterAll(() => clinic[Symbol.asyncDispose]());
beforeEach(async () => {
  await clinic.database.query('delete from realtime_leases');
  await clinic.database.query('delete from realtime_lease_waiters');
  await clinic.database.query(`update clinic.cases set status = 'FORWARDED' where id = 'CASE-2'`);
});

const post = (who: Person, path: string, body: unknown) => clinic.call(who, 'POST', path, body);
const change = (who: Person, fencingToken?: number) =>
  post(who, '/api/cases/update-status', {
    caseId: 'CASE-2',
    status: who === clinician ? 'IN_REVIEW' : 'CANCELLED',
    ...(fencingToken !== undefined && { fencingToken }),
  });
const expire = () =>
  clinic.database.query(
    'update realtime_leases set expires_at = clock_timestamp() where user_id is not null',
  );
const sessionOf = (client: WsClient) => String(client.all('authenticated')[0]?.['clientId']);

test('a second editor is refused with the name of the first and the time', async () => {
  const { status, body } = await post(clinician, lock, one);
  const { lock: held } = body as { lock: { holder: { expiresAt: string } } };
  const { expiresAt } = held.holder;
  expect({ status, body }).toEqual({
    status: 200,
    body: {
      success: true,
      held: true,
      lock: { name: 'clinic_case:CASE-2', token: 1, holder: { userId: 'dr-cruz', ...one, expiresAt } },
    },
  });
  expect(await post(asha, lock, other)).toMatchObject({
    status: 409,
    body: {
      code: 'conflict',
      detail: `This is held by dr-cruz until ${expiresAt}.`,
      details: { holder: { userId: 'dr-cruz', expiresAt } },
    },
  });
  expect((await clinic.call(asha, 'GET', lock)).body).toEqual({ data: held });
});

test('the same user is another editor on another device', async () => {
  await post(clinician, lock, one);
  expect((await post(clinician, lock, other)).status).toBe(409);
  expect((await post(clinician, lock, one)).status).toBe(200);
});

test('who waits is told their place, and by a publication when it is their turn', async () => {
  await using room = await joinAs(clinic, asha, ['clinic_case:CASE-2']);
  await post(clinician, lock, one);
  expect((await room.next('lease'))['data']).toMatchObject({ token: 1, holder: { userId: 'dr-cruz' } });
  const sessionId = sessionOf(room);
  expect((await post(asha, lock, { sessionId, wait: true })).body).toMatchObject({
    held: false,
    position: 1,
  });
  expect((await post(clinician, lock, { ...other, wait: true })).body).toMatchObject({ position: 2 });
  expect((await post(clinician, `${lock}/release`, one)).body).toEqual({ success: true, released: true });
  expect(await room.next('lease')).toMatchObject({
    eventType: 'granted',
    data: { name: 'clinic_case:CASE-2', token: 2, holder: { userId: 'asha1', sessionId } },
  });
});

test('while a case is locked only the token of the lock changes it', async () => {
  await post(clinician, lock, one);
  for (const attempt of [change(asha), change(asha, 1), change(clinician), change(clinician, 2)]) {
    expect(await attempt).toMatchObject({
      status: 409,
      body: { detail: expect.stringContaining('locked by dr-cruz until') },
    });
  }
  expect((await change(clinician, 1)).status).toBe(200);
});

test('a token is stale once its lock is over, given back, or another’s', async () => {
  await post(clinician, lock, one);
  await expire();
  expect((await change(clinician, 1)).status).toBe(409);
  await post(asha, lock, other);
  expect((await change(clinician, 1)).status).toBe(409);
  expect((await change(asha, 1)).status).toBe(409);
  await post(asha, `${lock}/release`, other);
  expect((await change(asha, 2)).status).toBe(409);
  expect((await change(asha)).status).toBe(200);
});

test('a review is refused with a stale token too, and leaves nothing', async () => {
  const review = { assessment: 'x', fencingToken: 3 };
  expect((await post(clinician, '/api/cases/CASE-2/clinician-review', review)).status).toBe(409);
  expect(await clinic.database.query('select from clinic.reviews')).toEqual([]);
});

test('the lock ends with the session it is bound to, and the next one in the queue gets it', async () => {
  await using waiting = await joinAs(clinic, asha, ['clinic_case:CASE-2']);
  const editor = await joinAs(clinic, clinician);
  await post(clinician, lock, { sessionId: sessionOf(editor) });
  await post(asha, lock, { sessionId: sessionOf(waiting), wait: true });
  await waiting.next('lease');
  editor.terminate();
  // The moment in which the editor may come back.
  await until(async () => (await remainingMs()) < 10_001);
  expect(await remainingMs()).toBeGreaterThan(5_000);
  await expire();
  expect((await waiting.next('lease'))['data']).toMatchObject({ token: 2, holder: { userId: 'asha1' } });
});

test('an editor who comes back in time goes on with the same token', async () => {
  const editor = await joinAs(clinic, clinician);
  await post(clinician, lock, { sessionId: sessionOf(editor) });
  editor.terminate();
  await until(async () => (await remainingMs()) < 10_001);
  await using again = await joinAs(clinic, clinician);
  const renewal = { sessionId: sessionOf(again), token: 1 };
  expect((await post(clinician, `${lock}/renew`, renewal)).body).toMatchObject({
    held: true,
    lock: { token: 1 },
  });
  expect(await remainingMs()).toBeGreaterThan(20_000);
  expect((await change(clinician, 1)).status).toBe(200);
});

test('nobody locks, renews, releases or looks at the lock of a case they do not see', async () => {
  expect((await post(chw, lock, one)).status).toBe(404);
  expect((await post(chw, `${lock}/renew`, { ...one, token: 1 })).status).toBe(404);
  expect((await post(chw, `${lock}/release`, one)).status).toBe(404);
  expect((await clinic.call(chw, 'GET', lock)).status).toBe(404);
  expect((await post(clinician, '/api/cases/none/lock', one)).status).toBe(404);
  expect((await post(clinician, lock, {})).status).toBe(422);
  expect(await clinic.database.query('select from realtime_leases where user_id is not null')).toEqual([]);
});

test('changes without a lock, and the lock taken meanwhile, exclude each other', async () => {
  for (let round = 0; round < 15; round++) {
    await clinic.database.query('delete from realtime_leases');
    await clinic.database.query(`update clinic.cases set status = 'FORWARDED' where id = 'CASE-2'`);
    await using room = await joinAs(clinic, clinician, ['clinic_case:CASE-2']);
    const [changed, locked] = await Promise.all([change(asha), post(clinician, lock, one)]);
    expect(locked.status).toBe(200);
    // The second caller saw what the first had done. The lock is published last, and may be answered first.
    await room.next('lease');
    const order = room.all().flatMap(({ type }) => (/^(lease|caseStatusUpdate)$/.test(type) ? [type] : []));
    expect(order).toEqual(changed.status === 200 ? ['caseStatusUpdate', 'lease'] : ['lease']);
  }
});

async function remainingMs(): Promise<number> {
  const { body } = await clinic.call(asha, 'GET', lock);
  const { data } = body as { data: { holder: { expiresAt: string } | null } };
  return Date.parse(data.holder?.expiresAt ?? '') - Date.now();
}

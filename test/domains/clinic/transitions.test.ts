import { afterAll, beforeAll, expect, test } from 'bun:test';
import { type Status, statuses } from '../../../src/domains/clinic/statuses.ts';
import { admin, asha, type Clinic, chw, clinician, type Person, startClinic, stranger } from './support.ts';

/** Written down a second time, by hand: who may bring a case of asha1 from where to where. */
const legal: Record<string, readonly Person[]> = {
  'NEW → FORWARDED': [asha, admin],
  'NEW → COMPLETED': [asha, admin],
  'NEW → CANCELLED': [asha, admin],
  'FORWARDED → IN_REVIEW': [clinician, admin],
  'FORWARDED → REVIEWED': [clinician, admin],
  'FORWARDED → COMPLETED': [clinician, admin],
  'FORWARDED → CANCELLED': [asha, admin],
  'IN_REVIEW → FORWARDED': [clinician, admin],
  'IN_REVIEW → REVIEWED': [clinician, admin],
  'IN_REVIEW → COMPLETED': [clinician, admin],
  'REVIEWED → FORWARDED': [asha, admin],
  'REVIEWED → COMPLETED': [asha, clinician, admin],
};
const otherAsha: Person = { userId: 'asha2', role: 'asha' };

let clinic: Clinic;
beforeAll(async () => {
  clinic = await startClinic();
});
afterAll(() => clinic[Symbol.asyncDispose]());

const put = (status: Status) =>
  clinic.database.query(`update clinic.cases set status = $1, version = 7 where id = 'CASE-1'`, [status]);

async function published(): Promise<number> {
  const [row] = await clinic.database.query<{ count: number }>(
    `select count(*)::int as count from realtime_publications where channel = 'clinic_cases'`,
  );
  return row?.count ?? 0;
}

function expectedOf(from: Status, to: Status, who: Person): number {
  if (who === stranger) return 403;
  if (who === otherAsha || who === chw) return 404;
  const allowed = legal[`${from} → ${to}`];
  if (!allowed) return 409;
  return allowed.includes(who) ? 200 : 403;
}

for (const from of statuses) {
  test(`from ${from}, every step of every role is as the table says, and what is refused is not published`, async () => {
    const before = await published();
    let allowed = 0;
    for (const to of statuses) {
      for (const who of [asha, chw, otherAsha, clinician, admin, stranger]) {
        await put(from);
        const change = { caseId: 'CASE-1', status: to };
        const { status, body } = await clinic.call(who, 'POST', '/api/cases/update-status', change);
        const expected = expectedOf(from, to, who);
        expect({ from, to, ...who, status }).toEqual({ from, to, ...who, status: expected });
        const [row] = await clinic.database.query(
          `select status, version from clinic.cases where id = 'CASE-1'`,
        );
        expect(row).toEqual(expected === 200 ? { status: to, version: 8 } : { status: from, version: 7 });
        if (expected === 200) allowed += 1;
        if (expected === 409) expect(body).toMatchObject(illegal(from, to));
      }
    }
    expect(await published()).toBe(before + allowed);
  }, 60_000);
}

function illegal(from: Status, to: Status) {
  const next = Object.keys(legal).filter((step) => step.startsWith(`${from} →`));
  const words = next.map((step) => step.split(' → ')[1]);
  const said = words.length > 0 ? `it may become ${words.join(', ')}` : 'nothing follows';
  return {
    code: 'conflict',
    detail: `A case that is ${from} cannot become ${to}: ${said}.`,
    details: { status: from, legal: words },
  };
}

test('a status nobody knows is 422', async () => {
  for (const status of ['DONE', 'new', '', null, 1, ['NEW']]) {
    const change = { caseId: 'CASE-1', status };
    expect(await clinic.call(admin, 'POST', '/api/cases/update-status', change)).toMatchObject({
      status: 422,
      body: { code: 'validation_failed' },
    });
  }
});

test('numbers and texts that Postgres cannot hold are 422', async () => {
  const change = { caseId: 'CASE-1', status: 'FORWARDED' };
  for (const more of [
    { version: 2 ** 31 },
    { fencingToken: 2 ** 53 },
    { fencingToken: 1e300 },
    { version: 1.5 },
  ]) {
    const { status } = await clinic.call(admin, 'POST', '/api/cases/update-status', { ...change, ...more });
    expect({ more, status }).toEqual({ more, status: 422 });
  }
  for (const userId of ['a\0b', 'a\ud800', '']) {
    const created = { patientName: 'x', complaint: 'y', workerId: userId };
    expect((await clinic.call(admin, 'POST', '/api/cases', created)).status).toBe(422);
    const note = { userId, title: 't', message: 'm' };
    expect((await clinic.call(admin, 'POST', '/api/clinic/notifications', note)).status).toBe(422);
  }
  const note = { userId: 'ate 🩺', title: 't', message: 'm' };
  expect((await clinic.call(admin, 'POST', '/api/clinic/notifications', note)).status).toBe(200);
});

test('only clinicians and admins review', async () => {
  const review = { assessment: 'Seen.' };
  const path = '/api/cases/CASE-1/clinician-review';
  for (const who of [asha, chw, stranger]) {
    expect((await clinic.call(who, 'POST', path, review)).status).toBe(403);
  }
  await put('NEW');
  expect((await clinic.call(clinician, 'POST', path, review)).status).toBe(409);
  const reviews = `select from clinic.reviews where case_id = 'CASE-1'`;
  expect(await clinic.database.query(reviews)).toEqual([]);
  await put('IN_REVIEW');
  expect((await clinic.call(clinician, 'POST', path, { ...review, status: 'COMPLETED' })).status).toBe(200);
});

test('a health worker brings cases of their own, a clinician none, an admin anybody’s', async () => {
  const body = { patientName: 'x', complaint: 'y' };
  const post = (who: Person, workerId?: string) =>
    clinic.call(who, 'POST', '/api/cases', { ...body, ...(workerId && { workerId }) });
  expect((await post(asha, 'chw1')).status).toBe(403);
  expect((await post(clinician)).status).toBe(403);
  expect((await post(asha, 'asha1')).body).toMatchObject({ data: { workerId: 'asha1', updatedBy: 'asha1' } });
  expect((await post(admin, 'chw1')).body).toMatchObject({ data: { workerId: 'chw1', updatedBy: 'admin1' } });
});

test('a step that is refused leaves nothing behind, not even the row of a lock', async () => {
  const change = { caseId: 'CASE-2', status: 'NEW' };
  expect((await clinic.call(asha, 'POST', '/api/cases/update-status', change)).status).toBe(409);
  const nobody = { ...change, caseId: 'CASE-of-nobody' };
  expect((await clinic.call(asha, 'POST', '/api/cases/update-status', nobody)).status).toBe(404);
  const leases = await clinic.database.query(
    `select from realtime_leases where name in ('clinic_case:CASE-2', 'clinic_case:CASE-of-nobody')`,
  );
  expect(leases).toHaveLength(0);
});

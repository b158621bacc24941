import { afterAll, beforeAll, expect, test } from 'bun:test';
import { joinAs } from '../../support/services/session.ts';
import { type Clinic, clinician, createClinicDatabase, startClinic } from './support.ts';

const colleague = { userId: 'dr-reyes', role: 'clinician' };

let clinic: Clinic;
beforeAll(async () => {
  clinic = await startClinic();
});
afterAll(() => clinic[Symbol.asyncDispose]());

async function forwarded(count: number): Promise<string[]> {
  const rows = await clinic.database.query<{ id: string }>(
    `insert into clinic.cases (status, worker_id, patient_name, complaint, updated_by)
     select 'FORWARDED', 'asha1', 'p', 'c', 'asha1' from generate_series(1, $1) returning id`,
    [count],
  );
  return rows.map(({ id }) => id);
}

test('of many who take the same step at once exactly one wins, the others are told that it was taken', async () => {
  for (const caseId of await forwarded(10)) {
    const change = { caseId, status: 'COMPLETED' };
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => clinic.call(clinician, 'POST', '/api/cases/update-status', change)),
    );
    const statuses = answers.map(({ status }) => status).sort();
    expect(statuses).toEqual([200, ...Array.from({ length: 7 }, () => 409)]);
  }
});

test('of two different steps from the same version one wins', async () => {
  for (const caseId of await forwarded(15)) {
    const step = (who: typeof clinician, status: string) =>
      clinic.call(who, 'POST', '/api/cases/update-status', { caseId, status, version: 1 });
    const answers = await Promise.all([step(clinician, 'IN_REVIEW'), step(colleague, 'REVIEWED')]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
    const [row] = await clinic.database.query('select version from clinic.cases where id = $1', [caseId]);
    expect(row).toEqual({ version: 2 });
  }
});

test('a publication for each step that was taken, in the order in which the rows changed', async () => {
  await using portal = await joinAs(clinic, clinician, ['clinic_cases']);
  const [caseId = ''] = await forwarded(1);
  const step = (status: string) =>
    clinic.call(clinician, 'POST', '/api/cases/update-status', { caseId, status });
  const wanted = ['IN_REVIEW', 'FORWARDED', 'REVIEWED', 'IN_REVIEW', 'FORWARDED', 'REVIEWED', 'COMPLETED'];
  const answers = await Promise.all(wanted.map(step));
  const taken = answers.flatMap(({ status, body }) =>
    status === 200 ? [(body as { data: { version: number; status: string } }).data] : [],
  );
  // Answers of statements that ran side by side come in any order, so that a publication may wait for the one before.
  const published: string[] = [];
  for (const _ of taken) {
    const { data } = await portal.next('caseStatusUpdate');
    published.push((data as { status: string }).status);
  }
  expect(published).toEqual(taken.sort((a, b) => a.version - b.version).map(({ status }) => status));
  expect(published.length).toBeGreaterThan(0);
});

test('a step whose publication cannot be stored leaves the row as it was', async () => {
  await using database = await createClinicDatabase();
  await using broken = await startClinic({}, database);
  await broken.database.query(
    `alter table realtime_publications add constraint no_status check (type <> 'caseStatusUpdate')`,
  );
  const change = { caseId: 'CASE-2', status: 'COMPLETED' };
  expect((await broken.call(clinician, 'POST', '/api/cases/update-status', change)).status).toBe(500);
  expect(await broken.database.query(`select status from clinic.cases where id = 'CASE-2'`)).toEqual([
    { status: 'FORWARDED' },
  ]);
});

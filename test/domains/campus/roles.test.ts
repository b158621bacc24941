import { afterAll, beforeAll, expect, test } from 'bun:test';
import { admin, type Campus, type Member, northfield, staff, startCampus } from './support.ts';

let campus: Campus;
beforeAll(async () => {
  campus = await startCampus();
});
afterAll(() => campus[Symbol.asyncDispose]());

const other: Member = { userId: 'student2', tenants: ['org123'] };
const people = { reporter: northfield, other, staff, admin } as const;
type Person = keyof typeof people;

/** The results for each person and an issue that student1 has reported; a person who is not named gets 403. */
const deeds: readonly [
  deed: string,
  method: string,
  path: string,
  body: object | undefined,
  may: readonly Person[],
][] = [
  [
    'create',
    'POST',
    '/api/issues',
    { title: 'x', campusId: 'campus123' },
    ['reporter', 'other', 'staff', 'admin'],
  ],
  ['edit', 'PATCH', '/api/issues/:id', { title: 'y' }, ['reporter', 'staff', 'admin']],
  ['move', 'PATCH', '/api/issues/:id', { buildingId: 'building124' }, ['reporter', 'staff', 'admin']],
  ['reopen', 'PATCH', '/api/issues/:id', { status: 'in_progress' }, ['reporter', 'staff', 'admin']],
  ['assign', 'POST', '/api/issues/:id/assign', { assigneeId: 'janitor1' }, ['staff', 'admin']],
  ['resolve', 'POST', '/api/issues/:id/resolve', { resolution: 'Done.' }, ['staff', 'admin']],
  ['delete', 'DELETE', '/api/issues/:id', undefined, ['admin']],
];

for (const [deed, method, path, body, may] of deeds) {
  test.each(Object.keys(people) as Person[])(
    `to ${deed} as %s is allowed or refused by the role`,
    async (who) => {
      const { id } = await campus.report('Lamp');
      const answer = await campus.call(people[who], path.replace(':id', id), body, method);
      if (may.includes(who)) return expect(answer.status).toBe(200);
      expect(answer).toMatchObject({
        status: 403,
        body: {
          code: 'forbidden',
          detail: expect.stringContaining('you are'),
          details: { needs: expect.any(Array) },
        },
      });
      expect(await campus.call(people[who], `/api/issues/${id}`)).toMatchObject({
        status: 200,
        body: { data: { version: 1 } },
      });
    },
  );
}

test('a role of the token counts where the organisation has no row for its user, and not beyond', async () => {
  const { id } = await campus.report('Door');
  const remove = (user: string, role: string) =>
    fetch(`${campus.url}/api/issues/${id}`, {
      method: 'DELETE',
      headers: { 'x-user-id': user, 'x-role': role, 'x-tenants': 'org123' },
    });
  // The row of student1 says reporter.
  expect((await remove('student1', 'admin')).status).toBe(403);
  expect((await remove('visitor', 'student')).status).toBe(403);
  expect((await remove('visitor', 'staff')).status).toBe(403);
  expect((await remove('visitor', 'admin')).status).toBe(200);
});

test('a role is of one organisation: its admin finds nothing of another', async () => {
  const answer = await campus.call(admin, '/api/issues/issue456', undefined, 'DELETE');
  expect(answer.status).toBe(404);
});

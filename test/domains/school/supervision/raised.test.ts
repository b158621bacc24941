import { afterAll, beforeAll, expect, test } from 'bun:test';
import {
  amina,
  esther,
  grace,
  joseph,
  type Person,
  ruth,
  type School,
  samuel,
  startSchool,
} from '../support.ts';

let school: School;
beforeAll(async () => {
  school = await startSchool();
});
afterAll(() => school[Symbol.asyncDispose]());

type Json = Readonly<Record<string, unknown>>;
const raisedFor = async (who: Person | undefined, query = '') =>
  ((await school.call(who, 'GET', `/events/raised${query}`)).body as { data: readonly Json[] }).data.map(
    ({ title }) => title,
  );

test('raised events are seen by their author and by those who lead the school, and by nobody else', async () => {
  const announce = (who: Person, title: string, more: object) =>
    school.call(who, 'POST', '/broadcast/school', { title, message: 'm', ...more });
  await announce(esther, 'by a teacher', { targetRoles: ['parent'] });
  await announce(ruth, 'by the principal', {});
  await announce(samuel, 'at the other school', {});
  expect(await raisedFor(esther)).toEqual(['by a teacher']);
  expect(await raisedFor(ruth)).toEqual(['by the principal', 'by a teacher']);
  expect(await raisedFor(samuel)).toEqual(['at the other school']);
  expect(await raisedFor(joseph)).toEqual([]);
  expect(await raisedFor(amina, '?schoolId=school-2')).toEqual(['at the other school']);
  expect(await raisedFor(amina, '?schoolId=school-uuid&type=user_login')).toEqual([]);
  expect(await raisedFor(undefined)).toEqual(['at the other school', 'by the principal', 'by a teacher']);
});

test('everybody is told their own schools, and turns to those alone', async () => {
  const schoolsOf = async (who: Person | undefined) =>
    ((await school.call(who, 'GET', '/schools')).body as { data: readonly Json[] }).data.map(({ id }) => id);
  expect(await schoolsOf(joseph)).toEqual(['school-uuid']);
  expect(await schoolsOf(amina)).toEqual(['school-uuid', 'school-2']);
  expect(await schoolsOf(grace)).toEqual(['school-uuid', 'school-2']);
  expect(await schoolsOf(undefined)).toEqual(['school-uuid', 'school-2']);
  const turn = (who: Person, schoolId: string) => school.call(who, 'PUT', '/context', { schoolId });
  expect(await turn(joseph, 'school-2')).toMatchObject({ status: 403 });
  expect(await turn(amina, 'school-2')).toMatchObject({
    status: 200,
    body: { schoolId: 'school-2', schoolName: 'Riverside School' },
  });
});

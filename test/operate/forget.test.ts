import { afterAll, beforeAll, expect, test } from 'bun:test';
import { seedSchool } from '../../src/domains/school/seed.ts';
import { findMark } from '../db/personal/marks.ts';
import { connect } from '../support/clients/ws-client.ts';
import { openTestDatabase } from '../support/postgres/database.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres/postgres.ts';
import { runTambuli } from '../support/programs/run.ts';
import {
  jwtMode,
  makeToken,
  serviceKey,
  startTestService,
  type TestService,
} from '../support/services/service.ts';
import { until } from '../support/until.ts';

const opened = new AsyncDisposableStack();
let database: TestDatabase;
let one: TestService;
let other: TestService;
const env = { ...jwtMode, BROKER: 'postgres', DOMAINS: 'school' };
beforeAll(async () => {
  database = opened.use(await createTestDatabase({ domains: ['school'] }));
  await using connection = await openTestDatabase(database.url);
  await seedSchool(connection.db);
  one = opened.use(await startTestService({ database, env }));
  other = opened.use(await startTestService({ database, env }));
});
afterAll(() => opened.disposeAsync());

const base = '/api/v1/realtime';
const asService = { 'x-api-key': serviceKey };
const forget = (service: TestService, userId: string, headers: Readonly<Record<string, string>>) =>
  fetch(`${service.url}/api/operate/users/${userId}`, { method: 'DELETE', headers });
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

test('a person with live sessions on every process is gone, and their token opens nothing, also after a restart', async () => {
  const token = await makeToken({ user: 'user1-uuid', role: 'parent', tenants: ['school-uuid'] });
  await using here = await connect(one.socketUrl);
  await using there = await connect(other.socketUrl);
  for (const client of [here, there]) {
    client.send({ type: 'auth', token });
    await client.next('authenticated');
    client.send({ type: 'subscribe', channel: 'realtime_events' });
    await client.next('subscribed');
  }
  const event = {
    schoolId: 'school-uuid',
    targetUserIds: ['user1-uuid'],
    title: 'Fees',
    message: 'of user1-uuid',
  };
  expect((await one.post(`${base}/hooks/custom`, event, asService)).status).toBe(200);
  await here.next('realtime_event');
  await until(async () =>
    (await findMark(one.database.query, 'user1-uuid')).includes('public.websocket_connections.user_id'),
  );
  const response = await forget(one, 'user1-uuid', asService);
  expect(await response.json()).toMatchObject({ success: true, kept: [] });
  expect(await here.closed).toMatchObject({ code: 4504 });
  await there.closed;
  // Repeats until what the ends of the sessions may still have written is gone, which is a matter of milliseconds.
  await until(async () => {
    await forget(one, 'user1-uuid', asService);
    return (await findMark(one.database.query, 'user1-uuid')).length === 0;
  });
  expect((await one.get(`${base}/events`, bearer(token))).status).toBe(401);
  await using third = await startTestService({ database, env });
  expect((await third.get(`${base}/events`, bearer(token))).body).toMatchObject({ code: 'token_revoked' });
});

test('it is the operator’s to ask for, and stands in the audit log', async () => {
  const principal = await makeToken({ user: 'principal-1', role: 'principal', tenants: ['school-uuid'] });
  expect((await forget(one, 'user2-uuid', bearer(principal))).status).toBe(403);
  const admin = await makeToken({ user: 'boss', role: 'admin' });
  expect((await forget(one, 'user2-uuid', bearer(admin))).status).toBe(200);
  const line = await one.nextLog('"caller":"user:boss"');
  expect(JSON.parse(line)).toMatchObject({
    ...{ msg: 'operator request', method: 'DELETE', path: '/api/operate/users/user2-uuid', status: 200 },
  });
});

/** The command is that of docs/run/people.md. */
test('`tambuli forget` asks to be told twice, says what was removed, and the reason of a refusal', async () => {
  const env = { NODE_ENV: 'test', SERVICE_API_KEY: serviceKey };
  const command = (...args: string[]) => runTambuli(['forget', ...args], { cwd: '/tmp', env });
  expect(await command('student-1')).toMatchObject({ code: 64, out: '' });
  const url = ['--url', one.url];
  const done = await command('student-1', '--yes', ...url);
  expect(done).toEqual({ code: 0, out: 'school.users: 1\n', errors: '' });
  expect((await command('student-1', '--yes', ...url)).out).toBe('Nothing is kept of this person.\n');
});

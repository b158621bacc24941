import { expect, test } from 'bun:test';
import { connect, type WsClient } from '../../support/clients/ws-client.ts';
import { openTestDatabase } from '../../support/postgres/database.ts';
import { startServerProcess } from '../../support/processes/process.ts';
import { callAs, clinician, createClinicDatabase, type Person } from './support.ts';

const colleague: Person = { userId: 'dr-reyes', role: 'clinician' };
const lock = '/api/cases/CASE-2/lock';

async function join(url: string, { userId, role }: Person): Promise<WsClient> {
  const client = await connect(`${url.replace('http', 'ws')}/ws/realtime?userId=${userId}&role=${role}`);
  client.send({ type: 'subscribe', channel: 'clinic_case:CASE-2' });
  await client.next('subscribed');
  return client;
}

test('the process of an editor dies without a word: the lock goes to the next when its time is over, and the old token is worth nothing', async () => {
  await using database = await createClinicDatabase();
  const env = { DATABASE_URL: database.url, DOMAINS: 'clinic' };
  await using first = startServerProcess(env);
  await using second = startServerProcess(env);
  const [urlOfFirst, url] = await Promise.all([first.listening(), second.listening()]);
  const editor = await join(urlOfFirst, clinician);
  await using next = await join(url, colleague);
  const sessionOf = (client: WsClient) => client.all('authenticated')[0]?.['clientId'];

  const held = await callAs(urlOfFirst, clinician, 'POST', lock, { sessionId: sessionOf(editor) });
  expect(held.body).toMatchObject({ held: true, lock: { token: 1 } });
  expect((await next.next('lease'))['data']).toMatchObject({ token: 1, holder: { userId: 'dr-cruz' } });
  const wait = { sessionId: sessionOf(next), wait: true };
  expect((await callAs(url, colleague, 'POST', lock, wait)).body).toMatchObject({ held: false, position: 1 });

  first.kill('SIGKILL');
  expect((await editor.closed).code).toBe(1006);
  const change = { caseId: 'CASE-2', status: 'COMPLETED' };
  const attempt = (who: Person, fencingToken: number) =>
    callAs(url, who, 'POST', '/api/cases/update-status', { ...change, fencingToken });
  // Nobody told the database: the lock is still the editor's, who may be alive elsewhere.
  expect((await callAs(url, colleague, 'POST', lock, wait)).body).toMatchObject({ held: false, position: 1 });
  expect((await attempt(colleague, 2)).status).toBe(409);

  await using connection = await openTestDatabase(database.url);
  await connection.query(`update realtime_leases set expires_at = expires_at - interval '29 seconds'`);
  expect((await next.next('lease'))['data']).toMatchObject({ token: 2, holder: { userId: 'dr-reyes' } });
  expect((await attempt(clinician, 1)).status).toBe(409);
  expect((await attempt(colleague, 2)).status).toBe(200);
});

test('the process of an editor is replaced: the lock is left for the moment in which the editor comes back', async () => {
  await using database = await createClinicDatabase();
  await using server = startServerProcess({ DATABASE_URL: database.url, DOMAINS: 'clinic' });
  const url = await server.listening();
  const editor = await join(url, clinician);
  const sessionId = editor.all('authenticated')[0]?.['clientId'];
  expect((await callAs(url, clinician, 'POST', lock, { sessionId })).status).toBe(200);
  server.kill('SIGTERM');
  expect(await server.exited).toBe(0);
  await using connection = await openTestDatabase(database.url);
  const [lease] = await connection.query(
    `select user_id, expires_at < clock_timestamp() + interval '10 seconds' as soon from realtime_leases`,
  );
  expect(lease).toEqual({ user_id: 'dr-cruz', soon: true });
});

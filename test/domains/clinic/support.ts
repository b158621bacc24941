import type { Env } from '../../../src/config/config.ts';
import { seedClinic } from '../../../src/domains/clinic/seed.ts';
import { openTestDatabase } from '../../support/postgres/database.ts';
import { createTestDatabase, type TestDatabase } from '../../support/postgres/postgres.ts';
import { type Answer, startTestService, type TestService } from '../../support/services/service.ts';

/** A person of the clinic, in insecure mode. */
export interface Person {
  readonly userId: string;
  readonly role: string;
}

export const asha: Person = { userId: 'asha1', role: 'asha' };
export const chw: Person = { userId: 'chw1', role: 'chw' };
export const clinician: Person = { userId: 'dr-cruz', role: 'clinician' };
export const admin: Person = { userId: 'admin1', role: 'admin' };
export const stranger: Person = { userId: 'user123', role: 'officer' };

export interface Clinic extends TestService {
  call(who: Person, method: string, path: string, body?: unknown): Promise<Answer>;
}

export async function createClinicDatabase(): Promise<TestDatabase> {
  const database = await createTestDatabase({ domains: ['clinic'] });
  await using connection = await openTestDatabase(database.url);
  await seedClinic(connection.db);
  return database;
}

/** A service with the clinic alone and its demo rows: CASE-1 of asha1 (NEW), CASE-2 of asha1 and CASE-3 of chw1 (FORWARDED). */
export async function startClinic(env: Env = {}, given?: TestDatabase): Promise<Clinic> {
  await using opened = new AsyncDisposableStack();
  const database = given ?? opened.use(await createClinicDatabase());
  const service = opened.use(await startTestService({ database, env: { DOMAINS: 'clinic', ...env } }));
  const owned = opened.move();
  return {
    ...service,
    call: ({ userId, role }, method, path, body) => callAs(service.url, { userId, role }, method, path, body),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

export async function callAs(
  url: string,
  { userId, role }: Person,
  method: string,
  path: string,
  body?: unknown,
): Promise<Answer> {
  const response = await fetch(`${url}${path}`, {
    method,
    headers: { 'x-user-id': userId, 'x-role': role, 'content-type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    keepalive: false,
  });
  const { status, headers } = response;
  return { status, headers, body: await response.json() };
}

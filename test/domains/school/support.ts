import type { Env } from '../../../src/config/config.ts';
import { seedSchool } from '../../../src/domains/school/seed.ts';
import { openSocketIo, type SocketIoClient } from '../../support/clients/socket-io-client.ts';
import { openTestDatabase } from '../../support/postgres/database.ts';
import { createTestDatabase, type TestDatabase } from '../../support/postgres/postgres.ts';
import {
  type Answer,
  serviceKey,
  startTestService,
  type TestService,
} from '../../support/services/service.ts';
import { until } from '../../support/until.ts';

/** A person of the schools, in insecure mode. */
export interface Person {
  readonly userId: string;
  readonly role: string;
  readonly tenants?: readonly string[];
}

export const greenfield = 'school-uuid';
export const riverside = 'school-2';
export const joseph: Person = { userId: 'user1-uuid', role: 'parent', tenants: [greenfield] };
export const mary: Person = { userId: 'user2-uuid', role: 'parent', tenants: [greenfield] };
export const brian: Person = { userId: 'student-1', role: 'student', tenants: [greenfield] };
export const esther: Person = { userId: 'user-uuid', role: 'teacher', tenants: [greenfield] };
export const daniel: Person = { userId: 'finance-1', role: 'finance_manager', tenants: [greenfield] };
export const ruth: Person = { userId: 'principal-1', role: 'principal', tenants: [greenfield] };
export const amina: Person = { userId: 'director-1', role: 'school_director' };
export const grace: Person = { userId: 'admin-1', role: 'super_admin' };
export const jane: Person = { userId: 'parent-2', role: 'parent', tenants: [riverside] };
export const samuel: Person = { userId: 'principal-2', role: 'principal', tenants: [riverside] };

export const base = '/api/v1/realtime';

export interface School extends TestService {
  /** `path` after `/api/v1/realtime`. Without `who`, the service itself. What it raises is sent when it resolves. */
  call(who: Person | undefined, method: string, path: string, body?: unknown): Promise<Answer>;
  /** A stock client of a person. */
  open(who: Person, auth?: object): Promise<SocketIoClient>;
}

/** A service with the two schools of the seed alone. */
export async function startSchool(env: Env = {}, given?: TestDatabase): Promise<School> {
  await using opened = new AsyncDisposableStack();
  const database = given ?? opened.use(await createTestDatabase({ domains: ['school'] }));
  if (!given) {
    await using connection = await openTestDatabase(database.url);
    await seedSchool(connection.db);
  }
  const service = opened.use(await startTestService({ database, env: { DOMAINS: 'school', ...env } }));
  const owned = opened.move();
  return {
    ...service,
    async call(who, method, path, body) {
      const answer = await callAs(service.url, who, method, path, body);
      // The worker may be faster than the process that raised an event, and then says so to nobody.
      if (method === 'POST' && answer.status === 200) await until(() => isSent(service));
      return answer;
    },
    open: (who, auth = {}) => openSocketIo(service.url, { auth: { ...who, ...auth } }),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

async function isSent({ database }: TestService): Promise<boolean> {
  const pending = await database.query(`
    select 1 from realtime_event_deliveries where status = 'pending'
    union all select 1 from realtime_events where status = 'pending' and delivery_mode = 'channel'`);
  return pending.length === 0;
}

async function callAs(
  url: string,
  who: Person | undefined,
  method: string,
  path: string,
  body?: unknown,
): Promise<Answer> {
  const response = await fetch(`${url}${base}${path}`, {
    method,
    headers: {
      ...(who && { 'x-user-id': who.userId, 'x-role': who.role }),
      ...(who?.tenants && { 'x-tenants': who.tenants.join() }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    keepalive: false,
  });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    body: text === '' ? undefined : JSON.parse(text),
  };
}

/** The items that the inbox of a person lists. */
export async function inboxOf(school: School, who: Person, query = '') {
  const { body } = await school.call(who, 'GET', `/events${query}`);
  return body as {
    readonly data: readonly Readonly<Record<string, unknown>>[];
    readonly nextCursor: string | null;
    readonly unread: { readonly count: number; readonly version: number; readonly announcements: number };
  };
}

/** Sends so many events to a person, one after another, with these titles. */
export async function sendTo(school: School, who: Person, titles: readonly string[]): Promise<string[]> {
  const ids: string[] = [];
  for (const title of titles) {
    const input = {
      schoolId: who.tenants?.[0] ?? greenfield,
      targetUserIds: [who.userId],
      title,
      message: 'm',
    };
    const { body } = await school.call(undefined, 'POST', '/hooks/custom', input);
    ids.push((body as { data: { eventId: string } }).data.eventId);
  }
  return ids;
}

/** Sends an event to a person, where the service checks who is there. */
export async function sendAsService(
  school: School,
  userId: string,
  eventType = 'custom_notification',
): Promise<string> {
  const input = { schoolId: greenfield, targetUserIds: [userId], title: 't', message: 'm', eventType };
  const { body } = await school.post(`${base}/hooks/custom`, input, { 'x-api-key': serviceKey });
  return (body as { data: { eventId: string } }).data.eventId;
}

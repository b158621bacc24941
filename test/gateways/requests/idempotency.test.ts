import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { shippedDomains } from '../../../src/domains.ts';
import { createFileDirectory } from '../../support/files/file-directory.ts';
import { openTestDatabase } from '../../support/postgres/database.ts';
import { createTestDatabase } from '../../support/postgres/postgres.ts';
import { hold } from '../../support/postgres/row-lock.ts';
import { startTestService, type TestService } from '../../support/services/service.ts';
import type { KeyedRequest } from './keyed-request.ts';
import { keyedRequests } from './keyed-requests.ts';

/** Two processes of the whole product over one database, in insecure mode. */
let service: TestService;
let twin: TestService;
const opened = new AsyncDisposableStack();

beforeAll(async () => {
  const domains = shippedDomains.map(({ name }) => name);
  const database = opened.use(await createTestDatabase({ domains }));
  const connection = opened.use(await openTestDatabase(database.url));
  for (const domain of shippedDomains) await domain.seed?.(connection.db);
  const { directory } = opened.use(await createFileDirectory());
  const env = { DOMAINS: domains.join(), LIMIT_REQUESTS_PER_MINUTE: '10000', FILES_DIRECTORY: directory };
  service = opened.use(await startTestService({ database, env }));
  twin = opened.use(await startTestService({ database, env }));
});
afterAll(() => opened.disposeAsync());

interface Operation {
  readonly parameters?: readonly { readonly in: string; readonly name: string }[];
  readonly 'x-repeatable'?: string;
}

async function writingOperations(): Promise<readonly (readonly [string, Operation])[]> {
  const { paths } = (await service.get('/openapi/json')).body as {
    readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  };
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods)
      .filter(([method]) => method !== 'get')
      .map(([method, operation]) => [`${method.toUpperCase()} ${path}`, operation] as const),
  );
}

const takesKey = ({ parameters = [] }: Operation) =>
  parameters.some((each) => each.in === 'header' && each.name === 'idempotency-key');

async function send(
  { url }: TestService,
  method: string,
  key: string,
  { path, body, headers }: KeyedRequest,
): Promise<{ readonly status: number; readonly body: Readonly<Record<string, unknown>> }> {
  const answer = await fetch(url + path, {
    method,
    headers: {
      'idempotency-key': key,
      ...headers,
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  return { status: answer.status, body: (await answer.json()) as Readonly<Record<string, unknown>> };
}

/**
 * Counts publications and tracked events. Left out are the publications that no request makes: those of tracked events,
 * which a worker may send later, and the beginnings and ends of promotions.
 */
async function written(): Promise<number> {
  const [row] = await service.database.query<{ count: number }>(
    `select (select count(*) from realtime_events)::int + (select count(*) from realtime_event_deliveries)::int
      + (select count(*) from realtime_publications where channel !~ '^(realtime|_)'
          and event_type is distinct from 'started' and event_type is distinct from 'expired')::int as count`,
  );
  return row?.count ?? 0;
}

/** Marks of repetition, and how many heard it: of a repeat nobody. */
function withoutMarks(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value), (name, member) =>
    name === 'repeated' || name === 'delivered' ? undefined : member,
  );
}

test('every route that writes takes an Idempotency-Key, or says why it needs none', async () => {
  const operations = await writingOperations();
  const without = operations.filter(([, operation]) => !takesKey(operation));
  for (const [route, operation] of without) {
    expect({ route, ...operation }).toMatchObject({ 'x-repeatable': expect.stringMatching(/\w{4}/) });
  }
  const keyed = operations.filter(([, operation]) => takesKey(operation)).map(([route]) => route);
  expect(Object.keys(keyedRequests).sort()).toEqual(keyed.sort());
});

describe.each(Object.keys(keyedRequests))('%s', (route) => {
  const [method = ''] = route.split(' ');

  test('is carried out once for a key, answers the first again, and refuses another request', async () => {
    const [request, other] = await (keyedRequests[route] ?? Promise.reject)(service);
    const key = crypto.randomUUID();
    const first = await send(service, method, key, request);
    expect(first).toMatchObject({ status: 200, body: { success: true } });
    expect(first.body).not.toHaveProperty('repeated');
    const before = await written();
    const again = await send(twin, method, key, request);
    expect(again).toMatchObject({ status: 200, body: { success: true, repeated: true } });
    expect(withoutMarks(again.body)).toEqual(withoutMarks(first.body));
    const refused = await send(twin, method, key, other);
    expect(refused).toMatchObject({ status: 422, body: { code: 'idempotency_conflict' } });
    expect(await written()).toBe(before);
  });

  test('is carried out once for requests of one key at the same moment', async () => {
    const [request] = await (keyedRequests[route] ?? Promise.reject)(service);
    expectOnce(await Promise.all(fourTimes(method, request)));
  });
});

/** Four requests of one key, to two processes. */
function fourTimes(method: string, request: KeyedRequest) {
  const key = crypto.randomUUID();
  return [service, twin, service, twin].map((process) => send(process, method, key, request));
}

function expectOnce(answers: readonly Awaited<ReturnType<typeof send>>[]): void {
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
  expect(answers.filter(({ body }) => !body['repeated'])).toHaveLength(1);
  const [first, ...others] = answers.map(({ body }) => withoutMarks(body));
  for (const each of others) expect(each).toEqual(first);
}

/** Routes that change a row, or write a row that refers to one, by the table of that. */
const waiting = [
  ['POST /api/cases/update-status', 'clinic.cases'],
  ['PATCH /api/cases/update-status', 'clinic.cases'],
  ['PATCH /api/cases/{id}', 'clinic.cases'],
  ['PUT /api/cases/{id}/assignment', 'clinic.cases'],
  ['POST /api/cases/{id}/clinician-review', 'clinic.cases'],
  ['PUT /api/cases/{id}/clinician-review', 'clinic.cases'],
  ['PATCH /api/issues/{id}', 'campus.issues'],
  ['POST /api/issues/{id}/resolve', 'campus.issues'],
  ['POST /api/issues/{id}/assign', 'campus.issues'],
  ['DELETE /api/issues/{id}', 'campus.issues'],
  ['PATCH /api/venues/{id}', 'venues.venues'],
  ['POST /api/venues/{id}/vibe-checks', 'venues.venues'],
] as const;

test.each(waiting)(
  '%s is carried out once for requests of one key that wait for the same row',
  async (route, table) => {
    const [method = ''] = route.split(' ');
    const [request] = await (keyedRequests[route] ?? Promise.reject)(service);
    await using held = await hold(service.database, `select from ${table} for update`);
    const answers = Promise.all(fourTimes(method, request));
    await held.waiting(4);
    await held.release();
    expectOnce(await answers);
  },
);

test('an id that the caller gives is no conflict for requests of one key at the same moment', async () => {
  const id = crypto.randomUUID();
  const request = { path: '/api/venues', body: { id, name: 'The Cellar' } };
  const taken = `insert into venues.venues (id, name, updated_by) values ('${id}', 'The Loft', 'x')`;
  await using held = await hold(service.database, taken);
  const answers = Promise.all(fourTimes('POST', request));
  await held.waiting(4);
  await held.release();
  expectOnce(await answers);
});

test('a key belongs to its caller and its route', async () => {
  const key = crypto.randomUUID();
  const issue = { path: '/api/issues', body: { title: 'Lamp', campusId: 'campus123' } };
  const asUser = (id: string) => ({ ...issue, headers: { 'x-user-id': id, 'x-tenants': 'org123' } });
  const callers = [issue, asUser('student1'), asUser('student2')];
  const answers = [];
  for (const caller of callers) answers.push(await send(service, 'POST', key, caller));
  const ids = answers.map(({ body }) => (body['data'] as { readonly id: string }).id);
  expect(new Set(ids).size).toBe(3);
  const venue = await send(service, 'POST', key, { path: '/api/venues', body: { name: 'The Cellar' } });
  expect(venue).toMatchObject({ status: 200 });
});

test('the members of a body may stand in another order', async () => {
  const key = crypto.randomUUID();
  const path = '/api/issues';
  const body = { title: 'Lamp', campusId: 'campus123', location: { lat: 1, lng: 2 } };
  await send(service, 'POST', key, { path, body });
  const turned = { location: { lng: 2, lat: 1 }, campusId: 'campus123', title: 'Lamp' };
  expect(await send(service, 'POST', key, { path, body: turned })).toMatchObject({
    body: { repeated: true },
  });
});

test('a request that was refused leaves its key free', async () => {
  const key = crypto.randomUUID();
  const path = '/api/issues';
  const refused = await send(service, 'POST', key, { path, body: { title: 'Lamp', campusId: 'nowhere' } });
  expect(refused).toMatchObject({ status: 404 });
  const answer = await send(service, 'POST', key, { path, body: { title: 'Lamp', campusId: 'campus123' } });
  expect(answer).toMatchObject({ status: 200 });
});

test('an ephemeral publication takes no key, and a batch takes no ephemeral publication', async () => {
  const whisper = { channel: 'hearings', type: 'note', data: 1, ephemeral: true };
  const path = '/api/realtime/publish';
  expect(await send(service, 'POST', 'key', { path, body: whisper })).toMatchObject({
    status: 422,
    body: { errors: [{ field: 'idempotency-key' }] },
  });
  const batch = await service.post(`${path}/batch`, { publications: [whisper] });
  expect(batch).toMatchObject({ status: 422, body: { errors: [{ field: 'publications.0.ephemeral' }] } });
});

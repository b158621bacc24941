import { afterAll, beforeAll, expect, test } from 'bun:test';
import { type Hook, hookEvents } from '../../../src/domains/school/hooks/hook-events.ts';
import { callerOf } from '../../gateways/documents/openapi-examples.ts';
import { jwtMode } from '../../support/services/service.ts';
import {
  amina,
  base,
  grace,
  greenfield,
  jane,
  joseph,
  type Person,
  riverside,
  ruth,
  type School,
  samuel,
  startSchool,
} from './support.ts';

let school: School;
let ids: { readonly event: string; readonly empty: string; readonly joined: string };
const opened = new AsyncDisposableStack();
beforeAll(async () => {
  // Without checked tokens, `userId` in a query would say who asks.
  school = opened.use(await startSchool(jwtMode));
  const channelOf = async (name: string) => {
    const { body } = await ask(samuel, 'POST', '/channels', { name });
    return dataOf(body).channelId ?? '';
  };
  const toJane = { ...said, schoolId: riverside, targetUserIds: [jane.userId] };
  const event = dataOf((await ask(undefined, 'POST', '/hooks/custom', toJane)).body).eventId ?? '';
  ids = { event, empty: await channelOf('Chess'), joined: await channelOf('Choir') };
  await ask(jane, 'POST', `/channels/${ids.joined}/join`);
  await school.database.query(
    `insert into realtime_delivery_attempts (event_id, user_id, tenant_id, method, attempt, started_at)
     values ($1, $2, $3, 'sms', 1, now())`,
    [event, jane.userId, riverside],
  );
});
afterAll(() => opened.disposeAsync());

/** Credentials of the other school alone; those of the administrator and the director allow both without it. */
const bound: readonly Person[] = [
  { ...grace, tenants: [greenfield] },
  { ...amina, tenants: [greenfield] },
  ruth,
];
interface Attempt {
  /** About the school of Jane, or about her. */
  readonly path: string;
  readonly body?: object;
  /** It is for services alone; otherwise the administrator whose credentials name no school may do it. */
  readonly byService?: true;
}

const said = { title: 't', message: 'm' };
const maintenance = { title: 't', description: 'd', schoolIds: [riverside] };
/** The fields of all hooks. */
const fields = {
  ...{ ...said, ...maintenance, id: 'x-1', schoolId: riverside, reason: 'r', targetUserIds: [jane.userId] },
  ...{ assignmentName: 'a', targetDescription: 'd', createdBy: 'finance-2', requestedBy: 'finance-2' },
  ...{ approverRole: 'principal', amount: 1, currency: 'KES', studentName: 's', payerId: jane.userId },
  ...{ directorId: 'director-2', previousSchoolId: null, currentSchoolId: riverside, schoolName: 'n' },
  ...{ userId: jane.userId, device: 'd' },
};

function hookAttempt(name: string, hook: Hook, who: Person): Attempt {
  const given = { ...fields, ...(hook.actor !== undefined && { [hook.actor]: who.userId }) };
  const known = Object.entries(given).filter(([field]) => field in hook.input.properties);
  return {
    path: `/hooks/${name}`,
    body: Object.fromEntries(known),
    ...(['schoolContextSwitched', 'userLogin'].includes(name) && { byService: true as const }),
  };
}

/** For each route that takes the id of a school or a person, a request that names a foreign one. */
const attempts = (who: Person): Readonly<Record<string, Attempt>> => ({
  'GET /analytics': { path: `/analytics?schoolId=${riverside}` },
  'GET /analytics/export': { path: `/analytics/export?schoolId=${riverside}&of=sessions` },
  'GET /events/raised': { path: `/events/raised?schoolId=${riverside}` },
  'GET /events/{id}/attempts': { path: `/events/${ids.event}/attempts?userId=${jane.userId}` },
  'GET /prediction/people/{userId}': {
    path: `/prediction/people/${jane.userId}?schoolId=${riverside}&method=fcm`,
  },
  'PUT /contacts/{userId}': { path: `/contacts/${jane.userId}`, body: { phone: '+254722000009' } },
  'PUT /context': { path: '/context', body: { schoolId: riverside } },
  'GET /channels': { path: `/channels?schoolId=${riverside}` },
  'POST /channels': { path: '/channels', body: { schoolId: riverside, name: 'Drama' } },
  'PUT /channels/{id}/members/{userId}': {
    path: `/channels/${ids.empty}/members/${jane.userId}`,
    body: { role: 'member' },
  },
  'DELETE /channels/{id}/members/{userId}': { path: `/channels/${ids.joined}/members/${jane.userId}` },
  'POST /broadcast/school': { path: '/broadcast/school', body: { ...said, schoolId: riverside } },
  'POST /events/system': { path: '/events/system', body: { ...said, schoolIds: [greenfield, riverside] } },
  ...Object.fromEntries(
    ['delivered', 'read', 'ack'].map((what) => [
      `PUT /events/{id}/${what}`,
      { path: `/events/${ids.event}/${what}`, body: { userId: jane.userId }, byService: true as const },
    ]),
  ),
  ...Object.fromEntries(
    Object.entries<Hook>(hookEvents).map(([name, hook]) => [
      `POST /hooks/${name}`,
      hookAttempt(name, hook, who),
    ]),
  ),
  'POST /hooks/batch': {
    path: '/hooks/batch',
    body: { calls: [{ hook: 'systemMaintenance', input: maintenance }] },
  },
});

/** The routes that take such an id, and refuse no foreign one. */
const exceptions: Readonly<Record<string, string>> = {
  'POST /activity': 'it is the caller’s own, and is stored at a school of theirs alone',
};

test('every route that takes the id of a school or a person is tried here, or says why not', async () => {
  const { body } = await school.get('/openapi/json');
  const { paths } = body as { paths: Readonly<Record<string, Readonly<Record<string, Operation>>>> };
  const taking = Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations)
      .filter(([, operation]) => path.startsWith(`${base}/`) && namesOf(operation).some(isForeignId))
      .map(([method]) => `${method.toUpperCase()} ${path.slice(base.length)}`),
  );
  const declared = [...Object.keys(attempts(grace)), ...Object.keys(exceptions)];
  expect(declared.toSorted()).toEqual(taking.toSorted());
});

test('credentials of one school reach no other and nobody there, by any route; those that allow it do', async () => {
  for (const route of Object.keys(attempts(grace))) {
    const before = await written();
    for (const who of bound) {
      const outcome = await outcomeOf(route, who);
      expect({ route, who, ...outcome }).toEqual({ route, who, refused: true });
    }
    expect({ route, written: await written() }).toEqual({ route, written: before });
    const allowed = attempts(grace)[route]?.byService ? undefined : grace;
    expect({ route, ...(await outcomeOf(route, allowed)) }).toEqual({ route, refused: false });
  }
});

test('what is about all schools is refused to an administrator whose credentials name one', async () => {
  const [one, all] = [{ ...grace, tenants: [greenfield] }, grace];
  for (const [method, path, body] of [
    ['GET', '/prediction'],
    ['GET', `/prediction/people/${joseph.userId}?schoolId=${greenfield}&method=fcm`],
    ['PATCH', '/event-types/user_login', { priority: 'normal' }],
    ['POST', '/events/system', said],
    ['POST', '/hooks/systemMaintenance', { title: 't', description: 'd' }],
  ] as const) {
    expect(await ask(one, method, path, body)).toMatchObject({
      status: 403,
      body: { code: 'forbidden', detail: expect.stringContaining('credentials that name no school') },
    });
    expect(await ask(all, method, path, body)).toMatchObject({ status: 200 });
  }
});

test('an administrator of one school announces maintenance there, and sets the addresses of who is there alone', async () => {
  const one = { ...grace, tenants: [greenfield] };
  const announced = await ask(one, 'POST', '/events/system', { ...said, schoolIds: [greenfield] });
  expect(announced).toMatchObject({ status: 200 });
  const set = async (userId: string) =>
    (await ask(one, 'PUT', `/contacts/${userId}`, { phone: '+254722000008' })).status;
  expect(await set(joseph.userId)).toBe(200);
  // The events are of both schools, of every school, and of none.
  for (const userId of [amina.userId, grace.userId, 'nobody']) {
    expect([userId, await set(userId)]).toEqual([userId, 403]);
  }
});

test('a person of another school who is named at one’s own gets nothing', async () => {
  const before = await inboxOfJane();
  const to = { ...said, targetUserIds: [jane.userId, joseph.userId] };
  const broadcast = await ask(ruth, 'POST', '/broadcast/school', to);
  expect(broadcast).toMatchObject({ status: 200, body: { data: { recipients: 1 } } });
  const hook = { ...to, schoolId: greenfield, sourceUserId: ruth.userId };
  expect(await ask(ruth, 'POST', '/hooks/custom', hook)).toMatchObject({
    status: 200,
    body: { data: { recipients: 1 } },
  });
  expect(await inboxOfJane()).toBe(before);
  const { channelId } = dataOf((await ask(ruth, 'POST', '/channels', { name: 'Grade 7' })).body);
  const added = await ask(ruth, 'PUT', `/channels/${channelId}/members/${jane.userId}`, {});
  expect(added.status).toBeGreaterThanOrEqual(400);
});

interface Operation {
  readonly parameters?: readonly { readonly name: string }[];
  readonly requestBody?: object;
}

/** The names of all that a route takes, at any depth of its body. */
const namesOf = ({ parameters = [], requestBody = {} }: Operation): readonly string[] => [
  ...parameters.map(({ name }) => name),
  ...propertiesIn(requestBody),
];

function propertiesIn(schema: unknown): string[] {
  if (typeof schema !== 'object' || schema === null) return [];
  const { properties = {} } = schema as { properties?: object };
  return [...Object.keys(properties), ...Object.values(schema).flatMap(propertiesIn)];
}

const isForeignId = (name: string) => /(?:school|tenant|user|payer|director)Ids?$/i.test(name);

/** Refused is also a list that has nothing. */
async function outcomeOf(
  route: string,
  who: Person | undefined,
): Promise<{ readonly refused: boolean; readonly answer?: unknown }> {
  const [method = ''] = route.split(' ');
  const { path = '', body } = attempts(who ?? grace)[route] ?? {};
  const { status, body: answer } = await ask(who, method, path, body);
  const { data } = Object(answer) as { readonly data?: unknown };
  const isEmptyList = method === 'GET' && Array.isArray(data) && data.length === 0;
  if ([403, 404].includes(status) || (status === 200 && isEmptyList)) return { refused: true };
  return status === 200 ? { refused: false } : { refused: false, answer };
}

/** A request with a token, or, without `who`, with the key of a service. */
async function ask(who: Person | undefined, method: string, path: string, body?: object) {
  const response = await callerOf(school, method)(`${base}${path}`, {
    ...(who ? { ...who, user: who.userId } : { service: true }),
    ...(body && { body }),
  });
  const isJson = response.headers.get('content-type')?.includes('json');
  const answer: unknown = await (isJson ? response.json() : response.text());
  return { status: response.status, body: answer };
}

const dataOf = (body: unknown) => (body as { readonly data: { channelId?: string; eventId?: string } }).data;

const inboxOfJane = async () => {
  const { body } = await ask(jane, 'GET', '/events');
  return (body as { readonly data: readonly object[] }).data.length;
};

/** The number of rows of what these routes write. */
const written = () =>
  school.database.query(`select (select count(*) from realtime_events) as events, (select count(*) from school.channels) as channels,
    (select count(*) from realtime_contacts) as contacts, (select count(*) from realtime_channel_subscriptions) as members,
    (select count(*) from realtime_event_deliveries where delivered_at is not null) as delivered`);

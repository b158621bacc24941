import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { startWholeService, type WholeService } from '../../support/documents/declared-schemas.ts';

/** Lists that are not read in pages, and why. */
const whole: Readonly<Record<string, string>> = {
  '/api/operate/errors': 'the latest, bounded by the memory of each process',
  '/api/operate/limits': 'the latest, bounded by the memory of each process',
  '/api/operate/processes': 'bounded, as one deployment has few',
  '/api/v1/realtime/events/:id/attempts': 'bounded by the attempts of the methods of its type',
  '/api/v1/realtime/event-types': 'one for each kind of event that the product knows',
  '/api/v1/realtime/metrics': 'bounded by its period',
  '/api/v1/realtime/statistics': 'bounded by its period',
};

interface List {
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Makes one more item, which comes first where the newest does. */
  add(n: number): Promise<unknown>;
}

let service: WholeService;
beforeAll(async () => {
  service = await startWholeService({ env: { LIMIT_REQUESTS_PER_MINUTE: '100000' } });
});
afterAll(() => service[Symbol.asyncDispose]());

const asha = { 'x-user-id': 'asha1', 'x-role': 'asha' };
const clinician = { 'x-user-id': 'dr-lee', 'x-role': 'clinician' };
const officer = { 'x-user-id': 'user123', 'x-role': 'officer' };
const resident = { 'x-user-id': 'resident7' };
const guest = { 'x-user-id': 'user-123' };
const post = async (path: string, body: object, headers = {}) => {
  const answer = await service.post(path, body, headers);
  expect(answer).toMatchObject({ status: 200 });
  return answer;
};

const lists: Readonly<Record<string, List>> = {
  '/api/issues': {
    path: '/api/issues?organizationId=org123',
    add: (n) => post('/api/issues', { title: `issue ${n}`, campusId: 'campus123' }),
  },
  '/api/cases': {
    path: '/api/cases?status=NEW',
    headers: clinician,
    add: (n) => post('/api/cases', { patientName: `patient ${n}`, complaint: 'Fever' }, asha),
  },
  '/api/cases/:id/chat': {
    path: '/api/cases/CASE-1/chat?',
    headers: asha,
    add: (n) => post('/api/cases/CASE-1/chat', { body: `message ${n}` }, asha),
  },
  '/api/clinic/notifications': {
    path: '/api/clinic/notifications?unread=true',
    headers: asha,
    add: (n) =>
      post('/api/clinic/notifications', { userId: 'asha1', title: `${n}`, message: 'm' }, clinician),
  },
  '/api/barangay/hearings': {
    path: '/api/barangay/hearings?',
    headers: officer,
    add: () =>
      service.database.query(
        "insert into hearings (hearing_date, hearing_time) values ('2026-01-02', '09:00')",
      ),
  },
  '/api/barangay/cases/own': {
    path: '/api/barangay/cases/own?',
    headers: resident,
    add: (n) =>
      service.database.query(
        `insert into blotter_reports (case_number, incident_type, filed_by) values ('own-' || $1, 'Noise', 'resident7')`,
        [n],
      ),
  },
  '/api/barangay/persons/history': {
    path: '/api/barangay/persons/history?',
    headers: officer,
    add: (n) =>
      service.database.query(
        `insert into person_history (id, person_id, description) select $1::integer, id, 'note' from persons limit 1`,
        [1_000 + n],
      ),
  },
  '/api/barangay/notifications': {
    path: '/api/barangay/notifications?',
    headers: resident,
    add: (n) =>
      post('/ws/broadcast/notification', {
        userId: 'resident7',
        notification: { title: `${n}`, message: 'm' },
      }),
  },
  '/api/venues': {
    path: '/api/venues?',
    add: (n) => post('/api/venues', { name: `venue ${n}`, id: `zz-${String(1_000 - n)}` }),
  },
  '/api/notifications/inbox': {
    path: '/api/notifications/inbox?',
    headers: guest,
    add: (n) =>
      post('/api/websocket', { action: 'notify', userId: 'user-123', data: { title: `${n}`, message: 'm' } }),
  },
  '/api/v1/realtime/events': {
    path: '/api/v1/realtime/events?',
    headers: { 'x-user-id': 'user1-uuid', 'x-role': 'parent' },
    add: (n) =>
      post(
        '/api/v1/realtime/events/test',
        { title: `${n}` },
        { 'x-user-id': 'user1-uuid', 'x-role': 'parent' },
      ),
  },
};

async function read(path: string, headers = {}) {
  const answer = await service.get(path, headers);
  expect(answer.status).toBe(200);
  const { data, nextCursor } = answer.body as { data: object[]; nextCursor: string | null };
  const links = answer.headers.get('link') ?? '';
  const next = /<([^>]*)>; rel="next"/.exec(links)?.[1];
  expect(links).toContain('rel="first"');
  expect(next === undefined).toBe(nextCursor === null);
  if (nextCursor !== null)
    expect(new URL(next ?? '', service.url).searchParams.get('cursor')).toBe(nextCursor);
  return { items: data, next };
}

/** The fields that name an item. */
const nameOf = (item: object) => {
  const { id, caseId, messageId, notificationId } = item as Record<string, string>;
  return messageId ?? notificationId ?? id ?? caseId ?? '';
};

test('every route that answers a list takes cursor and limit, and says so of its links', async () => {
  const { paths } = (await service.get('/openapi/json')).body as {
    readonly paths: Readonly<Record<string, { readonly get?: Operation }>>;
  };
  for (const [path, { get }] of Object.entries(paths)) {
    const { 200: answer } = get?.responses ?? {};
    const { properties } = answer?.content?.['application/json']?.schema ?? {};
    const name = path.replace(/\{(\w+)\}/g, ':$1');
    if (properties?.['data']?.type !== 'array' || name in whole) continue;
    const parameters = (get?.parameters ?? []).map((each) => each.name);
    expect({ path, parameters }).toEqual({ path, parameters: expect.arrayContaining(['cursor', 'limit']) });
    expect({ path, headers: answer?.headers }).toMatchObject({ path, headers: { link: {} } });
    expect(Object.keys(properties)).toContain('nextCursor');
  }
});

interface Operation {
  readonly parameters?: readonly { readonly name: string }[];
  readonly responses: Readonly<Record<string, Answer | undefined>>;
}
interface Answer {
  readonly headers?: object;
  readonly content?: Readonly<
    Record<string, { readonly schema?: { readonly properties?: Record<string, { readonly type?: string }> } }>
  >;
}

describe.each(Object.keys(lists))('%s', (name) => {
  const { path, headers = {}, add } = lists[name] as List;

  test('is read to its end by its links, though items are added meanwhile', async () => {
    for (let n = 0; n < 7; n++) await add(n);
    const { items: all } = await read(path, headers);
    const expected = all.map(nameOf);
    const seen: string[] = [];
    let next: string | undefined = `${path}&limit=3`;
    for (let n = 7; next !== undefined; n++) {
      const page: { items: object[]; next: string | undefined } = await read(next, headers);
      expect(page.items.length).toBeLessThanOrEqual(3);
      seen.push(...page.items.map(nameOf));
      next = page.next;
      // Before the place of the page, where there is an order by name.
      await add(n);
    }
    const old = new Set(expected);
    expect(seen.filter((each) => old.has(each))).toEqual(expected);
    expect(new Set(seen).size).toBe(seen.length);
  });

  test('refuses a cursor that no page gave, and a limit out of its bounds', async () => {
    for (const wrong of ['cursor=x', 'cursor=%00', 'cursor=WzFd', 'limit=0', 'limit=1e9', 'limit=x']) {
      const { status, body } = await service.get(`${path}&${wrong}`, headers);
      expect({ wrong, status, body }).toMatchObject({
        wrong,
        status: 422,
        body: { code: 'validation_failed' },
      });
    }
  });
});

/** The values of a cursor that no page of ours has, for each form that cursors are made in. */
const hostileInstants = [
  '0000-01-01T00:00:00.000Z',
  '2026-02-30T00:00:00.000Z',
  '2026-01-01T00:00:00.000+23:59',
  '2026-01-01T00:00:00.000-16:00',
  '+010000-01-01T00:00:00.000Z',
];
const someId = '00000000-0000-4000-8000-000000000000';
const hostileCursors = [
  ...hostileInstants.flatMap((at) => [JSON.stringify([at, someId]), `${at} ${someId}`]),
  ...['\0', 'x\0', '["x\0"]', `["2026-01-01T00:00:00.000Z","\0"]`, '2026-01-01T00:00:00.000Z \0'],
  ...['9'.repeat(20), '["\\ud800"]'],
].map((text) => Buffer.from(text).toString('base64url'));

const principal = { 'x-user-id': 'principal-1', 'x-role': 'principal', 'x-tenants': 'school-uuid' };

test('a cursor that somebody made is no fault of the server, in every list that takes one', async () => {
  const school = '/api/v1/realtime';
  const dataOf = async (answer: Promise<{ body: unknown }>) =>
    ((await answer).body as { readonly data: Readonly<Record<string, string>> }).data;
  const group = await dataOf(post(`${school}/channels`, { name: 'Choir' }, principal));
  const event = await dataOf(post(`${school}/broadcast/school`, { title: 't', message: 'm' }, principal));
  const callers: Readonly<Record<string, readonly [path: string, headers: Record<string, string>]>> = {
    '/api/issues': ['/api/issues?organizationId=org123', {}],
    '/api/cases/{id}/chat': ['/api/cases/CASE-1/chat?', asha],
    [`${school}/channels/{id}/members`]: [`${school}/channels/${group['channelId']}/members?`, principal],
    [`${school}/channels/{id}/messages`]: [`${school}/channels/${group['channelId']}/messages?`, principal],
    [`${school}/schools`]: [`${school}/schools?`, {}],
    [`${school}/events/raised`]: [`${school}/events/raised?`, principal],
    [`${school}/events/{id}/readers`]: [`${school}/events/${event['eventId']}/readers?`, principal],
    [`${school}/channels`]: [`${school}/channels?`, principal],
    [`${school}/events`]: [`${school}/events?`, principal],
    '/api/notifications/inbox': ['/api/notifications/inbox?', guest],
    '/api/operate/channels/{channel}/publications': ['/api/operate/channels/hearings/publications?', {}],
  };
  await post('/api/realtime/publish', { channel: 'hearings', type: 'note', data: 1 });
  const { paths } = (await service.get('/openapi/json')).body as {
    readonly paths: Readonly<Record<string, { readonly get?: Operation }>>;
  };
  const withCursor = Object.keys(paths).filter((path) =>
    paths[path]?.get?.parameters?.some(({ name }) => name === 'cursor'),
  );
  expect(withCursor).toEqual(expect.arrayContaining(Object.keys(callers)));
  for (const name of withCursor) {
    const [path, headers] = callers[name] ?? [`${name}?`, {}];
    expect({ name, status: (await service.get(path, headers)).status }).toEqual({ name, status: 200 });
    for (const cursor of hostileCursors) {
      const { status } = await service.get(`${path}&cursor=${cursor}`, headers);
      // A place in an order by name may be any text.
      expect({ name, cursor, isRead: [200, 422].includes(status) }).toEqual({ name, cursor, isRead: true });
    }
  }
});

test('issues are read by several buildings, by REST and as a stream', async () => {
  const issue = (buildingId: string) =>
    service.post('/api/issues', { title: 'x', campusId: 'campus123', buildingId });
  await issue('building123');
  await issue('building124');
  const path = '/api/issues?organizationId=org123&buildingIds=';
  const buildingsOf = async (ids: string) =>
    new Set(((await read(path + ids)).items as { buildingId: string }[]).map(({ buildingId }) => buildingId));
  expect(await buildingsOf('building123')).toEqual(new Set(['building123']));
  expect(await buildingsOf('building124,building123')).toEqual(new Set(['building123', 'building124']));
});

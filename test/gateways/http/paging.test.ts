import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { startWholeService, type WholeService } from '../../support/declared-schemas.ts';

/** Lists that are not read in pages, and why. */
const whole: Readonly<Record<string, string>> = {
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

/** What names an item. */
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

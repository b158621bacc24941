import type { Operation } from '../../support/documents/openapi-document.ts';
import { makeToken, serviceKey, type TestService } from '../../support/services/service.ts';

interface Caller {
  /** Default: an officer nobody else is. */
  readonly user?: string;
  readonly role?: string;
  readonly tenants?: readonly string[];
  /** `false`: nobody at all. */
  readonly identified?: false;
  readonly service?: true;
  readonly headers?: Readonly<Record<string, string>>;
  /** JSON; a text travels as it is. */
  readonly body?: unknown;
}

export type Call = (path: string, caller?: Caller) => Promise<Response>;
/** Something a client may do, and the answer it got. */
export type Example = (call: Call) => Promise<Response>;

const nobody = { identified: false } as const;
const eventType = 'created';
const tooLong = 'x'.repeat(601);
const notices = '/api/barangay/notifications';

/** For each route, requests that bring about every status it is said to answer, but those of `refusals`. */
export const examples: Readonly<Record<string, readonly Example[]>> = {
  'GET /health': [(call) => call('/health', nobody)],
  'GET /health/ready': [(call) => call('/health/ready', nobody)],
  'GET /ws/status': [(call) => call('/ws/status', nobody)],
  'GET /asyncapi.json': [(call) => call('/asyncapi.json', nobody)],
  'GET /metrics': [(call) => call('/metrics', { service: true }), (call) => call('/metrics')],
  'GET /api/realtime/stats': [(call) => call('/api/realtime/stats')],
  'GET /api/realtime/stream': [
    ...reads((channel) => `/api/realtime/stream?channels=${channel}`),
    (call) => call('/api/realtime/stream?channels=hearings&since=yesterday'),
  ],
  'GET /api/realtime/channels/{channel}/publications': [
    ...reads((channel) => `/api/realtime/channels/${channel}/publications`),
    (call) => call('/api/realtime/channels/hearings/publications?limit=0'),
    async (call) => {
      const path = '/api/realtime/channels/hearings/publications';
      const { headers } = await call(path);
      return call(path, { headers: { 'if-none-match': headers.get('etag') ?? '' } });
    },
  ],
  'GET /api/realtime/presence/{channel}': [
    ...reads((channel) => `/api/realtime/presence/${channel}`, 'rooms:1'),
    (call) => call(`/api/realtime/presence/${tooLong}`),
  ],
  'POST /api/realtime/publish': publishes('publish', (item) => item),
  'POST /api/realtime/publish/batch': publishes('publish/batch', (item) => ({ publications: [item] })),
  'POST /api/realtime/users/{id}/disconnect': administers('disconnect'),
  'POST /api/realtime/users/{id}/revoke': administers('revoke'),
  'POST /ws/broadcast/hearing': broadcasts(
    'hearing',
    { hearingId: 123, eventType },
    { hearingId: 999, eventType },
  ),
  'POST /ws/broadcast/case': broadcasts('case', { caseId: 456, eventType }, { caseId: 999, eventType }),
  'POST /ws/broadcast/person': broadcasts(
    'person',
    { personId: 'PERSON-123', eventType },
    { personId: 'nobody', eventType },
  ),
  'POST /ws/broadcast/notification': [
    ...broadcasts('notification', { userId: 'user123', notification: { title: 't', message: 'm' } }),
    (call) =>
      call('/ws/broadcast/notification', {
        body: { userId: 'user123', notification: { title: 't', message: 'm', caseId: 999 } },
      }),
  ],
  ...officialLists('hearings', 'cases', 'persons', 'persons/history'),
  'GET /api/barangay/notifications': [
    (call) => call(notices),
    (call) => call(`${notices}?unread=maybe`),
    exhausting(notices),
  ],
  'POST /api/barangay/notifications/read': [
    (call) => call(`${notices}/read`),
    (call) => call(`${notices}/read?strange=1`),
  ],
  'POST /api/barangay/notifications/{id}/read': [
    (call) => call(`${notices}/1001/read`, { user: 'reader' }),
    (call) => call(`${notices}/none/read`),
    (call) => call(`${notices}/${'x'.repeat(201)}/read`),
  ],
  'DELETE /api/barangay/notifications/{id}': [
    (call) => call(`${notices}/1002`, { user: 'deleter' }),
    (call) => call(`${notices}/1002`),
    (call) => call(`${notices}/1003`, { user: 'pinned' }),
    (call) => call(`${notices}/${'x'.repeat(201)}`),
  ],
  ...mutes(notices),
};

/** The examples of the routes by which notifications are muted. A user `mutes-all` has muted as much as one may. */
export function mutes(path: string, role = 'officer'): Readonly<Record<string, readonly Example[]>> {
  return {
    [`GET ${path}/mutes`]: [
      (call) => call(`${path}/mutes`, { role }),
      (call) => call(`${path}/mutes`, { role: 'stranger' }),
    ],
    [`PUT ${path}/mutes`]: [
      (call) => call(`${path}/mutes`, { role, body: { kind: 'x' } }),
      (call) => call(`${path}/mutes`, { role, user: 'mutes-all', body: { kind: 'x' } }),
      (call) => call(`${path}/mutes`, { role: 'stranger', body: { kind: 'x' } }),
    ],
    [`DELETE ${path}/mutes`]: [
      (call) => call(`${path}/mutes?everything=true`, { role }),
      (call) => call(`${path}/mutes?kind=x&everything=true`, { role }),
      (call) => call(`${path}/mutes?everything=true`, { role: 'stranger' }),
    ],
  };
}

/** Makes the user of the examples for `mutes`. */
export const muteAll = `insert into realtime_mutes (user_id, namespace, kind)
  select 'mutes-all', namespace, n::text from generate_series(1, 100) n, unnest($1::text[]) namespace`;

/** Without failures that are the same on every route, and that no request alone brings about. */
export function provoked(statuses: Iterable<string>): string[] {
  return [...statuses].filter((status) => !['429', '500', '503'].includes(status)).sort();
}

/** The refusals that every such operation has. */
export function refusals(route: string, { security }: Operation): readonly Example[] {
  const [method, path = ''] = route.split(' ');
  const service = true;
  const secured = security?.length !== 0;
  return [
    ...(secured ? [(call: Call) => call(path, nobody)] : []),
    ...(method === 'GET'
      ? []
      : [
          (call: Call) => call(path, { service, body: '{"half' }),
          (call: Call) => call(path, { service, body: { nobodyKnows: 1 } }),
          (call: Call) => call(path, { service, body: '{}', headers: { 'content-type': 'text/plain' } }),
          (call: Call) => call(path, { service, body: 'x'.repeat(1_048_577) }),
        ]),
  ];
}

export function callerOf(service: TestService, method: string): Call {
  return async (path, { user = crypto.randomUUID(), role = 'officer', tenants = [], ...caller } = {}) => {
    const { body } = caller;
    const credentials: Record<string, string> = caller.service
      ? { 'x-api-key': serviceKey }
      : { authorization: `Bearer ${await makeToken({ user, role, tenants })}` };
    return fetch(`${service.url}${path}`, {
      method,
      headers: {
        ...(caller.identified !== false && credentials),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...caller.headers,
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
  };
}

function reads(path: (channel: string) => string, channel = 'hearings'): Example[] {
  return [
    (call) => call(path(channel)),
    (call) => call(path('hearings'), { role: 'resident' }),
    (call) => call(path('nowhere')),
    exhausting(path(channel)),
  ];
}

function officialLists(...names: string[]): Record<string, Example[]> {
  const examplesOf = (path: string): Example[] => [
    (call) => call(path),
    (call) => call(path, { role: 'resident' }),
    (call) => call(`${path}?cursor=x`),
  ];
  const one =
    (id: string): Example =>
    (call) =>
      call(`/api/barangay/cases/${id}`);
  const ofCases = {
    'GET /api/barangay/cases/own': examplesOf('/api/barangay/cases/own'),
    'GET /api/barangay/cases/{id}': [one('456'), one('4560'), one('none')],
  };
  const lists = Object.fromEntries(
    names.map((name) => [`GET /api/barangay/${name}`, examplesOf(`/api/barangay/${name}`)]),
  );
  return { ...lists, ...ofCases };
}

function publishes(name: string, body: (item: object) => object): Example[] {
  const path = `/api/realtime/${name}`;
  const item = { channel: 'rooms:1', type: 'note', data: 1 };
  const headers = { 'idempotency-key': name };
  return [
    (call) => call(path, { service: true, headers, body: body(item) }),
    (call) => call(path, { service: true, headers, body: body({ ...item, eventType: 'again' }) }),
    (call) => call(path, { body: body({ ...item, channel: 'hearings' }) }),
    (call) => call(path, { body: body({ ...item, channel: 'nowhere' }) }),
    exhausting(path, { body: body(item) }),
    // In a batch this is refused.
    (call) => call(path, { body: body({ ...item, ephemeral: true }) }),
  ];
}

function administers(action: string): Example[] {
  const path = (id: string) => `/api/realtime/users/${id}/${action}`;
  return [
    (call) => call(path('somebody'), { role: 'admin' }),
    (call) => call(path('somebody')),
    (call) => call(path(tooLong), { role: 'admin' }),
    exhausting(path('somebody'), { role: 'admin' }),
  ];
}

/** The same user, until it is too often. */
function exhausting(path: string, caller: Caller = {}): Example {
  return async (call) => {
    for (;;) {
      const answer = await call(path, { user: 'hasty', ...caller });
      if (answer.status !== 200) return answer;
      await answer.body?.cancel();
    }
  };
}

function broadcasts(kind: string, known: object, unknown?: object): Example[] {
  const call = (about: object, role?: string) => (send: Call) =>
    send(`/ws/broadcast/${kind}`, { body: about, ...(role && { role }) });
  return [call(known), call(known, 'resident'), ...(unknown ? [call(unknown)] : [])];
}

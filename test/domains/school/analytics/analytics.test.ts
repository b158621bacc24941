import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import type { Analytics } from '../../../../src/domains/school/analytics/analytics-model.ts';
import { exportLines } from '../../../../src/domains/school/analytics/export-service.ts';
import { factKinds } from '../../../../src/domains/school/analytics/facts.ts';
import { members } from '../../../../src/domains/school/channels.ts';
import { seedSchool } from '../../../../src/domains/school/seed.ts';
import { systemClock } from '../../../../src/lib/clock.ts';
import { servicePrincipal } from '../../../../src/realtime/principal.ts';
import { openTestDatabase } from '../../../support/postgres/database.ts';
import { createTestDatabase } from '../../../support/postgres/postgres.ts';
import {
  jwtMode,
  makeToken,
  serviceKey,
  startTestService,
  type TestService,
} from '../../../support/services/service.ts';

/** The zone is not UTC, and its hours begin in the middle of those of UTC. */
const timeZone = 'Asia/Kolkata';
/** The rows of the test are old enough to be removed otherwise. */
const years = String(3_650 * 86_400_000);
const tenYears = { TRACKING_RETENTION_MS: years, ACTIVITY_RETENTION_MS: years };
const opened = new AsyncDisposableStack();
let service: TestService;
beforeAll(async () => {
  const database = opened.use(await createTestDatabase({ domains: ['school'] }));
  await using connection = await openTestDatabase(database.url);
  await seedSchool(connection.db);
  for (const statement of history) await connection.query(statement);
  service = opened.use(
    await startTestService({
      database,
      env: { ...jwtMode, DOMAINS: 'school', REACH_TIME_ZONE: timeZone, ...tenYears },
    }),
  );
});
afterAll(() => opened.disposeAsync());

/** The first of March 2026, 09:40 in the zone of the deployment, and some days later. */
const at = (day: number, time = '09:40') => `timestamptz '2026-03-0${day} ${time}+05:30'`;
const event = (id: string, type: string, school: string, day: number) => `
  insert into realtime_events (id, type, tenant_id, target_tenant_ids, title, message, priority, scheduled_at, delivery_mode, status, created_at)
  values (md5('${id}')::uuid, '${type}', '${school}', '{${school}}', 't', 'm', 'low', ${at(day)}, 'person', 'sent', ${at(day)})`;
const delivery = (id: string, user: string, school: string, method: string, day: number, fate: string) => `
  insert into realtime_event_deliveries (event_id, user_id, tenant_id, status, priority_rank, method, created_at, sent_at, delivered_at, read_at, acknowledged_at)
  values (md5('${id}')::uuid, '${user}', '${school}', '${fate}', 1, '${method}', ${at(day)}, ${at(day)},
    ${['delivered', 'read', 'acknowledged'].includes(fate) ? at(day, '09:41') : 'null'},
    ${['read', 'acknowledged'].includes(fate) ? at(day, '09:50') : 'null'}, ${fate === 'acknowledged' ? at(day, '10:05') : 'null'})`;
const connection = (id: string, user: string, role: string, school: string, day: number, minutes: number) => `
  insert into websocket_connections (id, user_id, role, tenant_id, transport, device_id, process_id, connected_at, last_seen_at, disconnected_at)
  values ('${id}', '${user}', '${role}', '${school}', 'websocket', 'd', 'p', ${at(day)}, ${at(day)}, ${at(day)} + ${minutes} * interval '1 minute')`;
const activity = (user: string, school: string, page: string, day: number) => `
  insert into realtime_user_activity (user_id, tenant_id, kind, page, duration_ms, occurred_at, created_at)
  values ('${user}', '${school}', 'page_view', '${page}', 2500, ${at(day)}, ${at(day)})`;
const [greenfield, riverside] = ['school-uuid', 'school-2'];
const history = [
  event('fees', 'fee_assignment_created', greenfield, 1),
  delivery('fees', 'user1-uuid', greenfield, 'websocket', 1, 'acknowledged'),
  delivery('fees', 'user2-uuid', greenfield, 'sms', 1, 'read'),
  delivery('fees', 'student-1', greenfield, 'websocket', 1, 'sent'),
  event('paid', 'payment_received', greenfield, 3),
  delivery('paid', 'user1-uuid', greenfield, 'sms', 3, 'failed'),
  event('other', 'payment_received', riverside, 1),
  delivery('other', 'parent-2', riverside, 'websocket', 1, 'read'),
  connection('c1', 'user1-uuid', 'parent', greenfield, 1, 10),
  connection('c2', 'user1-uuid', 'parent', greenfield, 1, 20),
  connection('c3', 'student-1', 'student', greenfield, 2, 60),
  connection('c4', 'parent-2', 'parent', riverside, 2, 5),
  activity('user1-uuid', greenfield, '/school', 1),
  activity('student-1', greenfield, '/school', 2),
  activity('user1-uuid', greenfield, '=cmd|calc', 2),
  activity('parent-2', riverside, '/riverside', 2),
];

const path = '/api/v1/realtime/analytics';
const march = 'from=2026-02-25T00:00:00Z&to=2026-03-10T00:00:00Z';
const as = async (user: string, role: string, ...tenants: string[]) => ({
  authorization: `Bearer ${await makeToken({ user, role, ...(tenants.length > 0 && { tenants }) })}`,
});
const ruth = () => as('principal-1', 'principal', greenfield);
const read = async (headers: Readonly<Record<string, string>>, query = march) => {
  const { status, body } = await service.get(`${path}?${query}`, headers);
  return { status, body, data: (body as { data?: Analytics }).data };
};
const file = async (headers: Readonly<Record<string, string>>, query: string) => {
  const response = await fetch(`${service.url}${path}/export?${query}`, { headers });
  return { response, text: await response.text() };
};

test('a principal sees the funnel of the school, by role, type, method and hour of the deployment’s zone', async () => {
  const { data } = await read(await ruth());
  expect(data).toMatchObject({
    timeZone,
    funnel: {
      recipients: 4,
      sent: 4,
      delivered: 2,
      read: 2,
      acknowledged: 1,
      failed: 1,
      meanSecondsToRead: 600,
    },
    bySchool: [{ name: greenfield, recipients: 4 }],
    byHour: [{ name: '9', recipients: 4 }],
    sessions: { sessions: 3, meanSeconds: 1800, medianSeconds: 1200 },
    days: [
      { day: '2026-03-01', people: 2 },
      { day: '2026-03-02', people: 2 },
    ],
    // The first of March is a Sunday.
    weeks: [
      { week: '2026-02-23', people: 2 },
      { week: '2026-03-02', people: 2 },
    ],
    pages: [
      { page: '/school', views: 2, seconds: 5 },
      { page: '=cmd|calc', views: 1 },
    ],
  });
  expect(data?.byRole.map(({ name, recipients }) => [name, recipients])).toEqual([
    ['parent', 3],
    ['student', 1],
  ]);
  expect(data?.byType.map(({ name, sent, read }) => [name, sent, read])).toEqual([
    ['fee_assignment_created', 3, 2],
    ['payment_received', 1, 0],
  ]);
  expect(new Map(data?.byMethod.map(({ name, recipients }) => [name, recipients]))).toEqual(
    new Map([
      ['sms', 2],
      ['websocket', 2],
    ]),
  );
});

describe('nobody sees a school that they do not lead:', () => {
  const schoolsIn = async (headers: Readonly<Record<string, string>>) =>
    (await read(headers)).data?.bySchool.map(({ name }) => name).sort();

  test('a principal theirs, a director theirs, one whose token names one of two that one, an administrator all', async () => {
    expect(await schoolsIn(await ruth())).toEqual([greenfield]);
    expect(await schoolsIn(await as('principal-2', 'principal', riverside))).toEqual([riverside]);
    expect(await schoolsIn(await as('director-2', 'school_director'))).toEqual([riverside]);
    expect(await schoolsIn(await as('director-1', 'school_director'))).toEqual(
      [riverside, greenfield].sort(),
    );
    expect(await schoolsIn(await as('director-1', 'school_director', greenfield))).toEqual([greenfield]);
    expect(await schoolsIn(await as('admin-1', 'super_admin'))).toEqual([riverside, greenfield].sort());
    expect(await schoolsIn({ 'x-api-key': serviceKey })).toEqual([riverside, greenfield].sort());
  });

  test('who claims a role or a school that is not theirs sees nothing, a parent is refused', async () => {
    const claimed = await read(await as('user1-uuid', 'principal', greenfield, riverside));
    expect(claimed.data).toMatchObject({ funnel: { recipients: 0 }, bySchool: [], days: [], pages: [] });
    expect((await read(await as('user1-uuid', 'parent', greenfield))).status).toBe(403);
  });

  test('asking for another school by name is refused, in the page and in every kind of file', async () => {
    const query = `${march}&schoolId=${riverside}`;
    expect(await read(await ruth(), query)).toMatchObject({ status: 403, body: { code: 'forbidden' } });
    const director = await as('director-1', 'school_director');
    expect((await read(director, query)).data).toMatchObject({ bySchool: [{ name: riverside }] });
    for (const kind of factKinds) {
      const refused = await file(await ruth(), `${query}&of=${kind}`);
      expect([kind, refused.response.status, refused.text]).toEqual([
        ...[kind, 403],
        expect.stringContaining('"code":"forbidden"'),
      ]);
      const { text } = await file(director, `${query}&of=${kind}`);
      expect([kind, text]).toEqual([kind, expect.stringContaining(riverside)]);
      expect(text).not.toContain(greenfield);
    }
  });
});

test('the name of a file has the first and the last day, in the zone of the deployment', async () => {
  const ofMarch = 'from=2026-02-28T18:30:00Z&to=2026-03-31T18:30:00Z';
  const { response } = await file(await ruth(), `${ofMarch}&of=activity`);
  expect(response.headers.get('content-disposition')).toBe(
    'attachment; filename="activity-2026-03-01-2026-03-31.csv"',
  );
});

test('a file has the same sums by hour, and no formula of somebody’s page', async () => {
  const { response, text } = await file(await ruth(), `${march}&of=activity`);
  expect(response.headers.get('content-type')).toStartWith('text/csv');
  expect(response.headers.get('content-disposition')).toBe(
    'attachment; filename="activity-2026-02-25-2026-03-10.csv"',
  );
  expect(text).toBe(
    [
      'hour,school,role,detail,views,clicks,interactions,seconds',
      '2026-03-01T09:00:00+05:30,school-uuid,parent,/school,1,0,0,2.5',
      `2026-03-02T09:00:00+05:30,school-uuid,parent,'=cmd|calc,1,0,0,2.5`,
      '2026-03-02T09:00:00+05:30,school-uuid,student,/school,1,0,0,2.5',
      '',
    ].join('\r\n'),
  );
  const deliveries = await file(await ruth(), `${march}&of=deliveries`);
  expect(deliveries.text.split('\r\n').at(1)).toBe(
    '2026-03-01T09:00:00+05:30,school-uuid,parent,fee_assignment_created,sms,1,1,1,1,0,0,0,0,600',
  );
  expect((await file(await ruth(), `${march}&of=sessions`)).text).toContain(
    '2026-03-01T09:00:00+05:30,school-uuid,parent,websocket,unknown,2,2,1800\r\n',
  );
});

test('an hour is one row, also where the days of a period begin in the middle of one', async () => {
  // In the zone of the deployment at 09:20, 09:40 and 10:10.
  const at = ['2026-03-01T03:50:00Z', '2026-03-01T04:10:00Z', '2026-03-01T04:40:00Z'];
  for (const instant of at) {
    await service.database.query(
      `insert into websocket_connections (id, user_id, role, tenant_id, transport, device_id, process_id, connected_at, last_seen_at)
       values ($1, 'teacher-2', 'teacher', $2, 'websocket', 'd', 'p', $3, $3)`,
      [instant, riverside, instant],
    );
  }
  const { database } = service;
  const rowsIn = async (zone: string, from: string) => {
    const deps = { tracking: { database, members, clock: systemClock }, timeZone: zone };
    const scope = { principal: servicePrincipal, from, to: '2026-03-03T00:00:00Z', schoolId: riverside };
    const text = (await Array.fromAsync(exportLines(deps, scope, 'sessions'))).join('');
    return [...text.matchAll(/^([^,\s]+),[^,]+,teacher,websocket,unknown,(\d+),/gm)].map(([, hour, sum]) => [
      hour,
      sum,
    ]);
  };
  expect(await rowsIn('Asia/Kolkata', '2026-02-28T04:00:00Z')).toEqual([
    ['2026-03-01T09:00:00+05:30', '2'],
    ['2026-03-01T10:00:00+05:30', '1'],
  ]);
  expect(await rowsIn('UTC', '2026-02-28T04:30:00Z')).toEqual([
    ['2026-03-01T03:00:00+00:00', '1'],
    ['2026-03-01T04:00:00+00:00', '2'],
  ]);
  // An event before the period is not in it.
  expect(await rowsIn('UTC', '2026-03-01T04:30:00Z')).toEqual([['2026-03-01T04:00:00+00:00', '1']]);
  expect(await rowsIn('UTC', '2026-03-03T00:00:00Z')).toEqual([]);
});

test('activity is not stored unless the deployment says so', async () => {
  const item = { kind: 'page_view', page: '/school', occurredAt: new Date().toISOString() };
  const { body } = await service.post('/api/v1/realtime/activity', [item], await ruth());
  expect(body).toEqual({ success: true, data: { accepted: 0, dropped: 1, recording: false } });
});

test('a period is bounded', async () => {
  const long = 'from=2025-01-01T00:00:00Z&to=2026-03-01T00:00:00Z';
  expect((await read(await ruth(), long)).status).toBe(422);
  for (const kind of factKinds) {
    expect([kind, (await file(await ruth(), `${long}&of=${kind}`)).response.status]).toEqual([kind, 422]);
  }
  expect((await read(await ruth(), 'from=2026-03-02T00:00:00Z&to=2026-03-01T00:00:00Z')).status).toBe(422);
});

test('a person who is forgotten leaves nothing but the counts, which say what they said before', async () => {
  const everything = async () => {
    const headers = await as('admin-1', 'super_admin');
    const { data } = await read(headers);
    const { sessions, pages: _, ...rest } = data as Analytics;
    const files = await Promise.all(
      factKinds
        .filter((of) => of !== 'activity')
        .map(async (of) => (await file(headers, `${march}&of=${of}`)).text),
    );
    // A median is of single sessions; a page that nobody else saw loses its name.
    const { medianSeconds: __, ...lengths } = sessions;
    const sorted = (list: readonly { readonly name: string }[]) =>
      [...list].sort((one, other) => (one.name < other.name ? -1 : 1));
    return {
      ...{ ...rest, lengths, files },
      ...{ byRole: sorted(rest.byRole), byType: sorted(rest.byType), byMethod: sorted(rest.byMethod) },
    };
  };
  const before = await everything();
  const response = await fetch(`${service.url}/api/operate/users/user1-uuid`, {
    method: 'DELETE',
    headers: { 'x-api-key': serviceKey },
  });
  expect(response.status).toBe(200);
  expect(await everything()).toEqual(before);
  expect((await read(await ruth())).data?.pages).toEqual([
    { page: '/school', views: 2, clicks: 0, interactions: 0, seconds: 5 },
    { page: '', views: 1, clicks: 0, interactions: 0, seconds: 2.5 },
  ]);
  const left = await service.database.query(`
    select 1 from realtime_event_deliveries where user_id = 'user1-uuid'
    union all select 1 from websocket_connections where user_id = 'user1-uuid'
    union all select 1 from realtime_user_activity where user_id = 'user1-uuid'`);
  expect(left).toEqual([]);
});

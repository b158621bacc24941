import { expect, test } from 'bun:test';
import type { Env } from '../../src/config/config.ts';
import { migrate } from '../../src/db/migrate/migrate.ts';
import { factKinds } from '../../src/domains/school/analytics/facts.ts';
import { schoolEventTypes } from '../../src/domains/school/event-types.ts';
import { shippedDomains } from '../../src/domains.ts';
import { createLogger } from '../../src/logger.ts';
import { openTestDatabase } from '../support/postgres/database.ts';
import { createEmptyDatabase, createTestDatabase } from '../support/postgres/postgres.ts';
import {
  jwtMode,
  makeToken,
  serviceKey,
  startTestService,
  type TestService,
} from '../support/services/service.ts';
import { until } from '../support/until.ts';

/** The rows of tables that the application fills, and what the product then does for it. */
interface MainJobs {
  readonly rows: readonly string[];
  readonly env?: Env;
  run(call: Call): Promise<void>;
}

/** Expects 200 and returns the body; of a file, its `lines`. `who` is `user/role/tenant`, or the service. */
type Call = (who: string, method: string, path: string, body?: object) => Promise<Answered>;
type Answered = Readonly<Record<string, unknown>>;

const dataOf = (body: Answered) => body['data'] as Answered;

/** The purpose of every domain, from an empty production database. A domain without an entry fails the first test. */
const mainJobs: Readonly<Record<string, MainJobs>> = {
  barangay: {
    rows: [
      `insert into public.users (id, name, role) values ('officer', 'Officer', 'officer')`,
      `insert into public.blotter_reports (id, case_number, incident_type) values (1, 'BLT-1', 'Noise')`,
      `insert into public.hearings (id, blotter_report_id, hearing_date, hearing_time) values (1, 1, '2026-01-05', '09:00')`,
      `insert into public.persons (id, person_code, first_name, last_name) values (1, 'P-1', 'Ben', 'Aquino')`,
    ],
    async run(call) {
      await call('service', 'POST', '/ws/broadcast/hearing', { hearingId: 1, eventType: 'created' });
      await call('service', 'POST', '/ws/broadcast/case', { caseId: 1, eventType: 'updated' });
      await call('service', 'POST', '/ws/broadcast/person', { personId: 'P-1', eventType: 'updated' });
      const notification = { title: 'Hearing', message: 'Tomorrow at nine.' };
      await call('service', 'POST', '/ws/broadcast/notification', { userId: 'officer', notification });
    },
  },
  campus: {
    rows: [
      `insert into campus.organizations (id, name) values ('org', 'University')`,
      `insert into campus.campuses (id, organization_id, name, lat, lng) values ('main', 'org', 'Main', 14.65, 121.06)`,
      `insert into campus.buildings (id, campus_id, name, lat, lng) values ('library', 'main', 'Library', 14.65, 121.07)`,
    ],
    async run(call) {
      const input = { campusId: 'main', buildingId: 'library', title: 'Water on the stairs' };
      const { id } = dataOf(await call('service', 'POST', '/api/issues', input));
      await call('service', 'PATCH', `/api/issues/${id}`, { severity: 'high' });
      await call('service', 'POST', `/api/issues/${id}/assign`, { assigneeId: 'plumber' });
      const heatmap = await call('service', 'GET', '/api/heatmap?organizationId=org');
      expect(heatmap).toMatchObject({ data: { points: [{ count: 1 }] } });
      await call('service', 'POST', `/api/issues/${id}/resolve`, { resolution: 'A new seal' });
      await call('service', 'DELETE', `/api/issues/${id}`);
    },
  },
  clinic: {
    rows: [],
    async run(call) {
      const input = { patientName: 'Rosa Lim', complaint: 'Fever for three days.' };
      const { caseId } = dataOf(await call('asha1/asha', 'POST', '/api/cases', input));
      await call('asha1/asha', 'POST', '/api/cases/update-status', { caseId, status: 'FORWARDED' });
      const lock = await call('dr-lee/clinician', 'POST', `/api/cases/${caseId}/lock`, { sessionId: 'desk' });
      const fencingToken = (lock['lock'] as { token: number }).token;
      const review = { assessment: 'A virus.', fencingToken };
      await call('dr-lee/clinician', 'POST', `/api/cases/${caseId}/clinician-review`, review);
      await call('dr-lee/clinician', 'POST', `/api/cases/${caseId}/lock/release`, { sessionId: 'desk' });
      await call('asha1/asha', 'POST', `/api/cases/${caseId}/chat`, { body: 'Thank you.' });
      const told = { userId: 'asha1', title: 'Reviewed', message: 'Please call her back.' };
      await call('dr-lee/clinician', 'POST', '/api/clinic/notifications', told);
      expect(await call('asha1/asha', 'GET', '/api/clinic/notifications')).toMatchObject({ unread: 1 });
    },
  },
  school: {
    env: { ACTIVITY: 'true', LIMIT_REQUESTS_PER_MINUTE: '100000' },
    rows: [
      `insert into school.schools (id, name) values ('green', 'Greenfield')`,
      `insert into school.users (id, name, role, school_id) values ('ruth', 'Ruth', 'principal', 'green'),
        ('joseph', 'Joseph', 'parent', 'green'), ('daniel', 'Daniel', 'finance_manager', 'green')`,
      `insert into school.users (id, name, role) values ('amina', 'Amina', 'school_director'), ('grace', 'Grace', 'super_admin')`,
      `insert into school.director_access (user_id, school_id) values ('amina', 'green')`,
    ],
    async run(call) {
      const base = '/api/v1/realtime';
      const common = { id: 'x-1', schoolId: 'green' };
      const fee = { ...common, assignmentName: 'Fees', createdBy: 'daniel' };
      const request = { ...common, title: 'Budget', requestedBy: 'daniel' };
      const payment = { amount: 1200, currency: 'KES', studentName: 'Brian', payerId: 'joseph' };
      const switched = { directorId: 'amina', previousSchoolId: null, currentSchoolId: 'green' };
      const custom = { schoolId: 'green', targetUserIds: ['joseph'], title: 'Hello', message: 'World' };
      const hooks = {
        feeAssignmentCreated: { ...fee, targetDescription: 'Grade 7' },
        feeAssignmentApproved: { ...fee, approvedBy: 'ruth' },
        feeAssignmentRejected: { ...fee, rejectedBy: 'ruth', reason: 'too high' },
        approvalRequestCreated: { ...request, approverRole: 'principal' },
        approvalRequestApproved: { ...request, approvedBy: 'ruth' },
        approvalRequestRejected: { ...request, rejectedBy: 'ruth', reason: 'too high' },
        paymentReceived: { ...common, ...payment },
        schoolContextSwitched: { ...switched, schoolName: 'Greenfield' },
        userLogin: { userId: 'joseph', device: 'a phone' },
        systemMaintenance: { title: 'Tonight', description: 'From ten to eleven' },
        custom,
      };
      for (const [name, input] of Object.entries(hooks)) {
        await call('service', 'POST', `${base}/hooks/${name}`, input);
      }
      await call('service', 'POST', `${base}/hooks/batch`, { calls: [{ hook: 'custom', input: custom }] });
      await call('joseph/parent/green', 'POST', `${base}/events/test`, {});
      await call('ruth/principal/green', 'POST', `${base}/broadcast/school`, { title: 'News', message: 'm' });
      await call('grace/super_admin', 'POST', `${base}/events/system`, { title: 'Tonight', message: 'm' });
      const inbox = (await call('joseph/parent/green', 'GET', `${base}/events`))['data'] as Answered[];
      expect(inbox.map((each) => each['eventType'])).toContain('school_announcement');
      const payments = inbox.filter((each) => each['eventType'] === 'payment_received');
      const onePayment = `${base}/events/${payments[0]?.['id']}`;
      await call('joseph/parent/green', 'PUT', `${onePayment}/read`, {});
      for (const mark of ['unread', 'archive', 'unarchive'])
        await call('joseph/parent/green', 'PUT', `${onePayment}/${mark}`);
      await call('joseph/parent/green', 'PUT', `${base}/events/seen`);
      const types = (await call('ruth/principal/green', 'GET', `${base}/event-types`))['data'] as Answered[];
      expect(types.map((each) => each['name']).sort()).toEqual(
        schoolEventTypes.map((each) => each.name).sort(),
      );
      const view = { kind: 'page_view', page: '/school', occurredAt: new Date().toISOString() };
      expect(await call('joseph/parent/green', 'POST', `${base}/activity`, [view])).toMatchObject({
        data: { accepted: 1, recording: true },
      });
      const times = [-1, 1].map((days) => new Date(Date.now() + days * 86_400_000).toISOString());
      const period = `from=${times[0]}&to=${times[1]}`;
      const analytics = async () =>
        dataOf(await call('ruth/principal/green', 'GET', `${base}/analytics?${period}`));
      // Activity is written behind the answer.
      await until(async () => ((await analytics())['pages'] as unknown[]).length > 0);
      expect(await analytics()).toMatchObject({
        bySchool: [{ name: 'green' }],
        pages: [{ page: '/school', views: 1 }],
      });
      for (const kind of factKinds) {
        const file = await call(
          'ruth/principal/green',
          'GET',
          `${base}/analytics/export?${period}&of=${kind}`,
        );
        const [header = '', ...rows] = file['lines'] as string[];
        expect([kind, header.split(',').slice(0, 2), rows.at(-1)]).toEqual([kind, ['hour', 'school'], '']);
        if (kind !== 'sessions') expect(rows[0]).toContain(',green,');
      }
      await call('grace/super_admin', 'GET', `${base}/prediction`);
      const reading = `${base}/prediction/people/joseph?schoolId=green&method=fcm`;
      expect(dataOf(await call('grace/super_admin', 'GET', reading))).toMatchObject({ role: 'parent' });
    },
  },
  venues: {
    rows: [
      `insert into venues.users (id, name) values ('owner', 'Ines'), ('guest', 'Mara'), ('admin', 'Admin')`,
    ],
    async run(call) {
      const { id } = dataOf(await call('owner/owner', 'POST', '/api/venues', { name: 'The Blue Door' }));
      await call('owner/owner', 'PATCH', `/api/venues/${id}`, { description: 'Jazz' });
      await call('guest/user', 'POST', `/api/venues/${id}/vibe-checks`, { rating: 4 });
      const promotion = { title: 'Two for one', endDate: '2099-01-01T00:00:00.000Z' };
      await call('owner/owner', 'POST', `/api/venues/${id}/promotions`, promotion);
      const notify = { action: 'notify', userId: 'guest', data: { title: 'Tonight', message: 'Come by' } };
      await call('admin/admin', 'POST', '/api/websocket', notify);
      const screen = dataOf(await call('guest/user', 'GET', `/api/venues/${id}`));
      expect(screen).toMatchObject({ vibeChecks: [{}], promotions: [{ title: 'Two for one' }] });
    },
  },
};

test.each(shippedDomains.map(({ name }) => name))(
  '%s does its main jobs in production from migrations alone, without the demo rows',
  async (name) => {
    const jobs = mainJobs[name];
    if (!jobs) throw new Error(`The domain ${name} has no main jobs here.`);
    await using database = await createTestDatabase({ domains: [name] });
    const env = { ...jwtMode, NODE_ENV: 'production', DOMAINS: name, ...jobs.env };
    await using service = await startTestService({ env, database });
    for (const row of jobs.rows) await service.database.query(row);
    await jobs.run((...call) => answer(service, ...call));
  },
);

/** The settings on which the texts of statements and values may depend, each other than usual. */
const oddSettings = {
  search_path: '"$user", pg_catalog',
  datestyle: `'German, DMY'`,
  timezone: `'Asia/Kathmandu'`,
  intervalstyle: `'sql_standard'`,
  bytea_output: `'escape'`,
  extra_float_digits: '-15',
  standard_conforming_strings: 'off',
  array_nulls: 'off',
  transform_null_equals: 'on',
};

test.each(shippedDomains.map(({ name }) => name))(
  '%s does its main jobs as a role of its own name, in a database whose settings are all other than usual',
  async (name) => {
    const jobs = mainJobs[name];
    await using empty = await createEmptyDatabase();
    await using administrator = await openTestDatabase(empty.url);
    const url = new URL(empty.url);
    const database = url.pathname.slice(1);
    for (const [setting, value] of Object.entries(oddSettings)) {
      await administrator.query(`alter database ${database} set ${setting} = ${value}`);
    }
    await administrator.query(`create role ${name} superuser login password 'test'`);
    try {
      Object.assign(url, { username: name, password: 'test' });
      await migrate({ url: url.href, domains: [name], log: createLogger('silent') });
      await using service = await startTestService({
        env: { ...jwtMode, NODE_ENV: 'production', DOMAINS: name, ...jobs?.env },
        database: { url: url.href, [Symbol.asyncDispose]: () => Promise.resolve() },
      });
      for (const row of jobs?.rows ?? []) await service.database.query(row);
      await jobs?.run((...call) => answer(service, ...call));
    } finally {
      await administrator.query(`reassign owned by ${name} to current_user; drop role ${name}`);
    }
  },
);

async function answer(service: TestService, ...[who, method, path, body]: Parameters<Call>) {
  const [user = '', role = '', ...tenants] = who.split('/');
  const authorization = `Bearer ${await makeToken({ user, role, tenants })}`;
  const response = await fetch(service.url + path, {
    method,
    headers: {
      ...(who === 'service' ? { 'x-api-key': serviceKey } : { authorization }),
      ...(body && { 'content-type': 'application/json' }),
    },
    ...(body && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (response.status !== 200) throw new Error(`${method} ${path}: ${response.status} ${text}`);
  if (response.headers.get('content-type')?.startsWith('text/csv')) return { lines: text.split('\r\n') };
  return JSON.parse(text) as Answered;
}

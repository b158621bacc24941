import { test } from 'bun:test';
import { hookEvents } from '../../../src/domains/school/hooks/hook-events.ts';
import type { Call, Example } from '../../gateways/documents/openapi-examples.ts';
import { expectDocumented } from '../../support/documents/documented-answers.ts';
import { jwtMode } from '../../support/services/service.ts';
import { channelExamples } from './groups/channel-examples.ts';
import { type School, sendAsService, startSchool } from './support.ts';

const base = '/api/v1/realtime';
const parent = { user: 'user1-uuid', role: 'parent' };
const principal = { user: 'principal-1', role: 'principal' };
const admin = { user: 'admin-1', role: 'super_admin' };
const service = { service: true } as const;
const said = { title: 't', message: 'm' };
const nobodys = crypto.randomUUID();
const seen = [{ kind: 'page_view', page: '/fees', occurredAt: '2026-01-31T08:00:00Z' }];
const phone = { token: 't'.repeat(40), platform: 'android', appVersion: '2.4.1' };
const jobReport = { gateway: 'phone-1', status: 'sent' };
const browser = {
  endpoint: 'https://push.example/1',
  keys: { p256dh: 'p'.repeat(87), auth: 'a'.repeat(22) },
};

/** For each route, requests that bring about every status it is said to answer, but those that all refuse alike. */
const examplesWith = (
  eventId: string,
  cancelledId: string,
  askingId: string,
  jobId: string,
): Readonly<Record<string, readonly Example[]>> => ({
  [`GET ${base}/events`]: [
    (call) => call(`${base}/events?counts=true`, parent),
    async (call) => {
      const { headers } = await call(`${base}/events`, parent);
      return call(`${base}/events`, { ...parent, headers: { 'if-none-match': headers.get('etag') ?? '' } });
    },
    (call) => call(`${base}/events`),
    (call) => call(`${base}/events?status=eaten`, parent),
  ],
  [`PUT ${base}/events/{id}/delivered`]: acknowledging('delivered', eventId),
  [`PUT ${base}/events/{id}/read`]: acknowledging('read', eventId),
  [`PUT ${base}/events/{id}/unread`]: marking('unread', eventId),
  [`PUT ${base}/events/{id}/archive`]: [
    ...marking('archive', eventId),
    (call) => call(`${base}/events/${askingId}/archive`, parent),
  ],
  [`PUT ${base}/events/{id}/unarchive`]: marking('unarchive', eventId),
  [`PUT ${base}/events/seen`]: [
    (call) => call(`${base}/events/seen`, parent),
    (call) => call(`${base}/events/seen`),
  ],
  [`PUT ${base}/events/{id}/ack`]: acknowledging('ack', eventId),
  [`PUT ${base}/events/read-all`]: [
    (call) => call(`${base}/events/read-all`, parent),
    (call) => call(`${base}/events/read-all`),
  ],
  [`POST ${base}/activity`]: [
    (call) => call(`${base}/activity`, { ...parent, body: seen }),
    (call) => call(`${base}/activity`, { body: seen }),
  ],
  [`GET ${base}/statistics`]: measuring('statistics', parent),
  [`GET ${base}/analytics`]: measuring('analytics', admin),
  [`GET ${base}/analytics/export`]: [
    (call) => call(`${base}/analytics/export?of=deliveries`, admin),
    (call) => call(`${base}/analytics/export?of=deliveries`, parent),
    (call) => call(`${base}/analytics/export?of=everything`, admin),
  ],
  [`GET ${base}/metrics`]: measuring('metrics', admin),
  [`GET ${base}/push-key`]: [(call) => call(`${base}/push-key`, { identified: false })],
  [`PUT ${base}/push-subscriptions`]: [
    (call) => call(`${base}/push-subscriptions`, { ...parent, body: browser }),
    (call) => call(`${base}/push-subscriptions`, { body: browser }),
  ],
  [`DELETE ${base}/push-subscriptions`]: [
    (call) => call(`${base}/push-subscriptions`, { ...parent, body: browser }),
    (call) => call(`${base}/push-subscriptions`, { body: browser }),
  ],
  [`PUT ${base}/devices`]: [
    (call) => call(`${base}/devices`, { ...parent, body: phone }),
    (call) => call(`${base}/devices`, { body: phone }),
  ],
  [`DELETE ${base}/devices`]: [
    (call) => call(`${base}/devices`, { ...parent, body: { token: phone.token } }),
    (call) => call(`${base}/devices`, { body: { token: phone.token } }),
  ],
  [`GET ${base}/events/{id}/attempts`]: [
    (call) => call(`${base}/events/${eventId}/attempts`, principal),
    (call) => call(`${base}/events/1/attempts`, principal),
    (call) => call(`${base}/events/${eventId}/attempts`),
  ],
  [`GET ${base}/preferences`]: [
    (call) => call(`${base}/preferences`, parent),
    (call) => call(`${base}/preferences`),
  ],
  [`PUT ${base}/preferences`]: [
    (call) => call(`${base}/preferences`, { ...parent, body: { timeZone: 'Africa/Nairobi' } }),
    (call) => call(`${base}/preferences`, { body: { digestAt: '06:30' } }),
  ],
  [`PUT ${base}/contacts/{userId}`]: [
    (call) => call(`${base}/contacts/user1-uuid`, { ...admin, body: { phone: '+254722000001' } }),
    (call) => call(`${base}/contacts/user1-uuid`, { ...parent, body: { phone: null } }),
    (call) => call(`${base}/contacts/user1-uuid`, { body: {} }),
  ],
  [`POST ${base}/sms/jobs/take`]: [
    (call) => call(`${base}/sms/jobs/take`, { ...principal, body: { gateway: 'phone-1' } }),
    (call) => call(`${base}/sms/jobs/take`, { ...parent, body: { gateway: 'phone-1' } }),
    (call) => call(`${base}/sms/jobs/take`, { body: { gateway: 'phone-1' } }),
  ],
  [`PUT ${base}/sms/jobs/{id}`]: [
    (call) => call(`${base}/sms/jobs/${jobId}`, { ...principal, body: jobReport }),
    (call) => call(`${base}/sms/jobs/${nobodys}`, { ...principal, body: jobReport }),
    (call) => call(`${base}/sms/jobs/${jobId}`, { ...parent, body: jobReport }),
    (call) => call(`${base}/sms/jobs/${jobId}`, { body: jobReport }),
  ],
  [`POST ${base}/sms/answers`]: [
    (call) => call(`${base}/sms/answers`, { ...principal, body: { from: '+254722000001', body: 'ok' } }),
    (call) => call(`${base}/sms/answers`, { ...parent, body: { from: '+254722000001', body: 'ok' } }),
    (call) => call(`${base}/sms/answers`, { body: { from: '+254722000001', body: 'ok' } }),
  ],
  [`GET ${base}/event-types`]: [
    (call) => call(`${base}/event-types`, parent),
    (call) => call(`${base}/event-types`),
  ],
  [`PATCH ${base}/event-types/{name}`]: [
    (call) => call(`${base}/event-types/user_login`, { ...admin, body: { priority: 'normal' } }),
    (call) => call(`${base}/event-types/nothing`, { ...admin, body: { priority: 'normal' } }),
    (call) => call(`${base}/event-types/user_login`, { ...admin, body: {} }),
    (call) => call(`${base}/event-types/user_login`, { body: {} }),
  ],
  [`GET ${base}/schools`]: [
    (call) => call(`${base}/schools`, parent),
    (call) => call(`${base}/schools`),
    (call) => call(`${base}/schools?limit=0`, parent),
  ],
  [`PUT ${base}/context`]: [
    (call) => call(`${base}/context`, { ...parent, body: { schoolId: 'school-uuid' } }),
    (call) => call(`${base}/context`, { ...parent, body: { schoolId: 'school-2' } }),
    (call) => call(`${base}/context`, { ...parent, body: {} }),
  ],
  [`GET ${base}/events/raised`]: [
    (call) => call(`${base}/events/raised`, principal),
    (call) => call(`${base}/events/raised`),
    (call) => call(`${base}/events/raised?limit=0`, principal),
  ],
  [`GET ${base}/events/{id}/readers`]: [
    (call) => call(`${base}/events/${eventId}/readers`, principal),
    async (call) => {
      const { headers } = await call(`${base}/events/${eventId}/readers`, principal);
      const known = { 'if-none-match': headers.get('etag') ?? '' };
      return call(`${base}/events/${eventId}/readers`, { ...principal, headers: known });
    },
    (call) => call(`${base}/events/${nobodys}/readers`, principal),
    (call) => call(`${base}/events/1/readers`, principal),
    (call) => call(`${base}/events/${eventId}/readers`),
  ],
  [`POST ${base}/events/{id}/cancel`]: [
    (call) => call(`${base}/events/${cancelledId}/cancel`, principal),
    (call) => call(`${base}/events/${cancelledId}/cancel`, principal),
    (call) => call(`${base}/events/${nobodys}/cancel`, principal),
    (call) => call(`${base}/events/1/cancel`, principal),
    (call) => call(`${base}/events/${nobodys}/cancel`),
  ],
  [`POST ${base}/events/test`]: [
    (call) => call(`${base}/events/test`, { ...parent, body: {} }),
    (call) => call(`${base}/events/test`, { ...parent, body: { title: '' } }),
    (call) => call(`${base}/events/test`, { body: {} }),
  ],
  [`POST ${base}/broadcast/school`]: [
    (call) => call(`${base}/broadcast/school`, { ...principal, body: said }),
    (call) => call(`${base}/broadcast/school`, { ...parent, body: said }),
    (call) => call(`${base}/broadcast/school`, { ...service, body: { ...said, schoolId: 'nowhere' } }),
  ],
  [`POST ${base}/events/system`]: [
    (call) => call(`${base}/events/system`, { ...admin, body: said }),
    (call) => call(`${base}/events/system`, { ...parent, body: said }),
    (call) => call(`${base}/events/system`, { ...admin, body: { ...said, schoolIds: ['nowhere'] } }),
  ],
  [`GET ${base}/prediction`]: [
    (call) => call(`${base}/prediction`, admin),
    (call) => call(`${base}/prediction`),
  ],
  [`GET ${base}/prediction/people/{userId}`]: [
    (call) => call(`${base}/prediction/people/user1-uuid?method=fcm&schoolId=school-uuid`, admin),
    (call) => call(`${base}/prediction/people/user1-uuid?method=fcm`),
    (call) => call(`${base}/prediction/people/user1-uuid`, admin),
  ],
  [`GET ${base}/health`]: [(call) => call(`${base}/health`, { identified: false })],
  [`POST ${base}/test-connection`]: [
    (call) => call(`${base}/test-connection`, parent),
    (call) => call(`${base}/test-connection`),
  ],
  [`POST ${base}/hooks/batch`]: [
    (call) => call(`${base}/hooks/batch`, { ...service, body: { calls: [login] } }),
    (call) => call(`${base}/hooks/batch`, { ...parent, body: { calls: [login] } }),
    (call) => call(`${base}/hooks/batch`, { ...service, body: { calls: [elsewhere] } }),
  ],
  ...Object.fromEntries(
    Object.entries(hookEvents).map(([name, { input }]) => {
      const path = `${base}/hooks/${name}`;
      const known = (given: object) =>
        Object.fromEntries(Object.entries(given).filter(([field]) => field in input.properties));
      const body = known(inputs);
      return [
        `POST ${path}`,
        [
          (call: Call) => call(path, { ...service, body }),
          (call: Call) => call(path, { body }),
          (call: Call) => call(path, { ...service, body: known({ ...inputs, ...nowhere }) }),
        ],
      ];
    }),
  ),
});

const nowhere = { schoolId: 'nowhere', currentSchoolId: 'nowhere', schoolIds: ['nowhere'] };
const elsewhere = { hook: 'custom', input: { ...said, schoolId: 'nowhere', targetUserIds: ['user1-uuid'] } };
const login = { hook: 'userLogin', input: { userId: 'user1-uuid', device: 'Pixel' } };

/** The fields that any of the hooks needs. */
const inputs = {
  ...{
    id: 'x-1',
    schoolId: 'school-uuid',
    ...said,
    reason: 'r',
    assignmentName: 'a',
    targetDescription: 'd',
  },
  ...{
    createdBy: 'finance-1',
    approvedBy: 'principal-1',
    rejectedBy: 'principal-1',
    requestedBy: 'finance-1',
  },
  ...{ approverRole: 'principal', amount: 1, currency: 'KES', studentName: 's', payerId: 'user1-uuid' },
  ...{ directorId: 'director-1', previousSchoolId: null, currentSchoolId: 'school-2', schoolName: 'n' },
  ...{ userId: 'user1-uuid', device: 'd', description: 'd' },
};

function measuring(what: string, who: { user: string; role: string }): readonly Example[] {
  return [
    (call) => call(`${base}/${what}`, who),
    (call) => call(`${base}/${what}`),
    (call) => call(`${base}/${what}?from=yesterday`, who),
  ];
}

function acknowledging(what: string, eventId: string): readonly Example[] {
  return [
    (call) => call(`${base}/events/${eventId}/${what}`, { ...parent, body: { deviceId: 'phone' } }),
    (call) => call(`${base}/events/${nobodys}/${what}`, { ...parent, body: {} }),
    (call) => call(`${base}/events/${nobodys}/${what}`, { body: {} }),
    (call) => call(`${base}/events/1/${what}`, { ...parent, body: {} }),
  ];
}

function marking(what: string, eventId: string): readonly Example[] {
  return [
    (call) => call(`${base}/events/${eventId}/${what}`, parent),
    (call) => call(`${base}/events/${nobodys}/${what}`, parent),
    (call) => call(`${base}/events/${nobodys}/${what}`),
    (call) => call(`${base}/events/1/${what}`, parent),
  ];
}

/** An SMS that waits for a phone of the school. */
async function addJob({ database }: School, eventId: string): Promise<string> {
  const [job] = await database.query<{ id: string }>(
    `with attempt as (
       insert into realtime_delivery_attempts (event_id, user_id, tenant_id, method, attempt, started_at)
       values ($1, 'user1-uuid', 'school-uuid', 'sms', 1, now()) returning id, event_id, user_id, tenant_id
     )
     insert into realtime_sms_jobs (attempt_id, event_id, user_id, tenant_id, phone, body, priority_rank, expires_at)
     select id, event_id, user_id, tenant_id, '+254722000001', 'b', 1, now() + interval '1 hour' from attempt returning id`,
    [eventId],
  );
  return job?.id ?? '';
}

test('whatever is answered is what the document says, for every route of the school and every status it has', async () => {
  await using school = await startSchool(jwtMode);
  const [eventId, cancelledId, askingId] = [
    await sendAsService(school, 'user1-uuid'),
    await sendAsService(school, 'user1-uuid'),
    await sendAsService(school, 'user1-uuid', 'approval_request_pending'),
  ];
  const examples = {
    ...examplesWith(eventId, cancelledId, askingId, await addJob(school, eventId)),
    ...(await channelExamples(school)),
  };
  await expectDocumented(school, { of: / \/api\/v1\/realtime/, examples });
});

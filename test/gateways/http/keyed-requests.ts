import type { TestService } from '../../support/service.ts';
import { keyedChannelRequests } from './keyed-channel-requests.ts';
import { created, type KeyedRequest, type Requests } from './keyed-request.ts';

const clinician = { 'x-user-id': 'dr-lee', 'x-role': 'clinician' };
const asha = { 'x-user-id': 'asha1', 'x-role': 'asha' };
const parent = { 'x-user-id': 'user1-uuid', 'x-role': 'parent' };

/** Two bodies for one path. */
const bodies =
  (path: string, body: object, other: object, headers: KeyedRequest['headers'] = {}): Requests =>
  async () => [
    { path, body, headers },
    { path, body: other, headers },
  ];

const issueOf = async (service: TestService) =>
  `/api/issues/${(await created(service, '/api/issues', { title: 'Lamp', campusId: 'campus123' }))['id']}`;
const caseOf = async (service: TestService) =>
  (await created(service, '/api/cases', { patientName: 'Rosa', complaint: 'Fever' }, asha))['caseId'] ?? '';
const messageOf = async (service: TestService, caseId: string) =>
  (await created(service, `/api/cases/${caseId}/chat`, { body: 'Hello' }, asha))['messageId'] ?? '';
const noticeOf = async (service: TestService) => {
  const body = { userId: 'asha1', title: 'Call', message: 'Please call back.' };
  return (await created(service, '/api/clinic/notifications', body, clinician))['notificationId'] ?? '';
};
const stepTo = (service: TestService, caseId: string, status: string, headers = asha) =>
  created(service, '/api/cases/update-status', { caseId, status }, headers);

const onIssue =
  (action: string, body: object, other: object): Requests =>
  async (service) => {
    const path = `${await issueOf(service)}${action}`;
    return [
      { path, body },
      { path, body: other },
    ];
  };
/** On a message of a case; two of them where there is no body. */
const onMessage =
  (action: string, body?: object, other?: object): Requests =>
  async (service) => {
    const caseId = await caseOf(service);
    const path = async () => `/api/cases/${caseId}/chat/${await messageOf(service, caseId)}${action}`;
    const first = { path: await path(), headers: asha, ...(body && { body }) };
    if (other) return [first, { ...first, body: other }];
    return [first, { ...first, path: await path() }];
  };

const note = { channel: 'hearings', type: 'note', data: { a: 1 } };
const other = { ...note, data: { a: 2 } };
const venue = '/api/venues/venue-123';
const endsAt = '2099-01-01T00:00:00.000Z';
const notification = { title: 'Hearing', message: 'Tomorrow at nine.' };
const announcement = { title: 'Rain', message: 'No classes.', schoolId: 'school-uuid' };
const system = { title: 'Update', message: 'Ten minutes.' };
const hooks = '/api/v1/realtime/hooks';
const ofSchool = { id: 'one', schoolId: 'school-uuid' };
const fee = { ...ofSchool, assignmentName: 'Books', createdBy: 'finance-1' };
const approval = { ...ofSchool, title: 'Trip', requestedBy: 'user-uuid' };
const switched = { directorId: 'director-1', previousSchoolId: null, currentSchoolId: 'school-2' };
const paid = { ...ofSchool, amount: 12.5, currency: 'KES', studentName: 'Brian', payerId: 'user1-uuid' };

const hookInputs: Readonly<Record<string, readonly [object, object]>> = {
  feeAssignmentCreated: varied({ ...fee, targetDescription: 'Grade 4' }),
  feeAssignmentApproved: varied({ ...fee, approvedBy: 'principal-1' }),
  feeAssignmentRejected: varied({ ...fee, rejectedBy: 'principal-1', reason: 'Too high.' }),
  approvalRequestCreated: varied({ ...approval, approverRole: 'principal' }),
  approvalRequestApproved: varied({ ...approval, approvedBy: 'principal-1' }),
  approvalRequestRejected: varied({ ...approval, rejectedBy: 'principal-1', reason: 'No bus.' }),
  paymentReceived: varied(paid),
  schoolContextSwitched: [
    { ...switched, schoolName: 'Riverside School' },
    { ...switched, schoolName: 'Riverside' },
  ],
  userLogin: [
    { userId: 'user1-uuid', device: 'Phone' },
    { userId: 'user1-uuid', device: 'Tablet' },
  ],
  systemMaintenance: [
    { title: 'Update', description: 'Ten minutes.' },
    { title: 'Update', description: 'An hour.' },
  ],
  custom: [
    { schoolId: 'school-uuid', targetUserIds: ['user1-uuid'], title: 'Hello', message: 'There.' },
    { schoolId: 'school-uuid', targetUserIds: ['user1-uuid'], title: 'Hello', message: 'Here.' },
  ],
};

function varied(input: object): readonly [object, object] {
  return [input, { ...input, id: 'another' }];
}

const hookRequests = Object.entries(hookInputs).map(([name, [body, changed]]) => [
  `POST ${hooks}/${name}`,
  bodies(`${hooks}/${name}`, body, changed),
]) as [string, Requests][];
const calls = (input: unknown) => ({ calls: [{ hook: 'userLogin', input }] });

/** By method and path of the OpenAPI document: each route that takes the header. */
export const keyedRequests: Readonly<Record<string, Requests>> = {
  'POST /api/realtime/publish': bodies('/api/realtime/publish', note, other),
  'POST /api/realtime/publish/batch': bodies(
    '/api/realtime/publish/batch',
    { publications: [note, other] },
    { publications: [note, other, note] },
  ),
  'POST /ws/broadcast/hearing': bodies(
    '/ws/broadcast/hearing',
    { hearingId: 123, eventType: 'created' },
    { hearingId: 123, eventType: 'updated' },
  ),
  'POST /ws/broadcast/case': bodies(
    '/ws/broadcast/case',
    { caseId: 456, eventType: 'created' },
    { caseId: 456, eventType: 'updated' },
  ),
  'POST /ws/broadcast/person': bodies(
    '/ws/broadcast/person',
    { personId: 'PERSON-123', eventType: 'updated', data: { a: 1 } },
    { personId: 'PERSON-123', eventType: 'updated', data: { a: 2 } },
  ),
  'POST /ws/broadcast/notification': bodies(
    '/ws/broadcast/notification',
    { userId: 'user123', notification },
    { userId: 'user123', notification: { ...notification, title: 'Case' } },
  ),
  'POST /api/venues': bodies('/api/venues', { name: 'The Cellar' }, { name: 'The Loft' }),
  'PATCH /api/venues/{id}': bodies(venue, { description: 'Jazz' }, { description: 'Blues' }),
  'POST /api/venues/{id}/vibe-checks': bodies(`${venue}/vibe-checks`, { busyness: 1 }, { busyness: 2 }),
  'POST /api/venues/{id}/promotions': bodies(
    `${venue}/promotions`,
    { title: 'Two for one', endsAt },
    { title: 'Three for two', endsAt },
  ),
  'PATCH /api/venues/{id}/promotions/{promotionId}': bodies(
    `${venue}/promotions/promotion-1`,
    { title: 'Two for one' },
    { title: 'Three for two' },
  ),
  'POST /api/websocket': bodies(
    '/api/websocket',
    { action: 'notify', userId: 'user-123', data: notification },
    { action: 'notify', userId: 'user-456', data: notification },
  ),
  'POST /api/issues': bodies(
    '/api/issues',
    { title: 'Lamp', campusId: 'campus123' },
    { title: 'Door', campusId: 'campus123' },
  ),
  'PATCH /api/issues/{id}': onIssue('', { title: 'Door' }, { title: 'Window' }),
  'POST /api/issues/{id}/resolve': onIssue('/resolve', { resolution: 'Mended.' }, { resolution: 'Gone.' }),
  'POST /api/issues/{id}/assign': onIssue('/assign', { assigneeId: 'staff1' }, { assigneeId: 'staff2' }),
  'DELETE /api/issues/{id}': async (service) => [
    { path: await issueOf(service) },
    { path: await issueOf(service) },
  ],
  'POST /api/cases': bodies(
    '/api/cases',
    { patientName: 'Rosa', complaint: 'Fever' },
    { patientName: 'Rosa', complaint: 'Cough' },
    asha,
  ),
  'POST /api/cases/update-status': async (service) => {
    const caseId = await caseOf(service);
    const step = (status: string) => ({
      path: '/api/cases/update-status',
      body: { caseId, status },
      headers: asha,
    });
    return [step('FORWARDED'), step('CANCELLED')];
  },
  'POST /api/cases/{id}/clinician-review': async (service) => {
    const caseId = await caseOf(service);
    await stepTo(service, caseId, 'FORWARDED');
    await stepTo(service, caseId, 'IN_REVIEW', clinician);
    const review = (assessment: string) => ({
      path: `/api/cases/${caseId}/clinician-review`,
      body: { assessment },
      headers: clinician,
    });
    return [review('Dengue.'), review('Flu.')];
  },
  'POST /api/cases/{id}/chat': bodies('/api/cases/CASE-1/chat', { body: 'One' }, { body: 'Two' }, asha),
  'PUT /api/cases/{id}/chat/{messageId}': onMessage('', { body: 'One' }, { body: 'Two' }),
  'DELETE /api/cases/{id}/chat/{messageId}': onMessage(''),
  'PUT /api/cases/{id}/chat/{messageId}/reactions': onMessage(
    '/reactions',
    { emoji: '👍', present: true },
    { emoji: '👍', present: false },
  ),
  'POST /api/cases/{id}/chat/read': async (service) => {
    const caseId = await caseOf(service);
    const read = async () => ({
      path: `/api/cases/${caseId}/chat/read`,
      body: { messageId: await messageOf(service, caseId) },
      headers: asha,
    });
    return [await read(), await read()];
  },
  'POST /api/clinic/notifications': bodies(
    '/api/clinic/notifications',
    { userId: 'asha1', ...notification },
    { userId: 'chw1', ...notification },
    clinician,
  ),
  'POST /api/clinic/notifications/{id}/read': async (service) => {
    const read = async () => ({
      path: `/api/clinic/notifications/${await noticeOf(service)}/read`,
      headers: asha,
    });
    return [await read(), await read()];
  },
  'POST /api/v1/realtime/events/test': bodies(
    '/api/v1/realtime/events/test',
    { title: 'One' },
    { title: 'Two' },
    parent,
  ),
  'POST /api/v1/realtime/broadcast/school': bodies('/api/v1/realtime/broadcast/school', announcement, {
    ...announcement,
    title: 'Sun',
  }),
  'POST /api/v1/realtime/events/system': bodies('/api/v1/realtime/events/system', system, {
    ...system,
    title: 'Upgrade',
  }),
  ...Object.fromEntries(hookRequests),
  [`POST ${hooks}/batch`]: bodies(
    `${hooks}/batch`,
    calls({ userId: 'user1-uuid', device: 'Phone' }),
    calls({ userId: 'user1-uuid', device: 'Tablet' }),
  ),
  ...keyedChannelRequests,
};

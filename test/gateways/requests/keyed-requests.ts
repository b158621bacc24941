import type { TestService } from '../../support/services/service.ts';
import { keyedChannelRequests } from './keyed-channel-requests.ts';
import { keyedClinicRequests } from './keyed-clinic-requests.ts';
import { keyedFileRequests } from './keyed-file-requests.ts';
import { keyedNotificationRequests } from './keyed-notification-requests.ts';
import { bodies, created, type Requests } from './keyed-request.ts';

const parent = { 'x-user-id': 'user1-uuid', 'x-role': 'parent' };

const issueOf = async (service: TestService) =>
  `/api/issues/${(await created(service, '/api/issues', { title: 'Lamp', campusId: 'campus123' }))['id']}`;
const onIssue =
  (action: string, body: object, other: object): Requests =>
  async (service) => {
    const path = `${await issueOf(service)}${action}`;
    return [
      { path, body },
      { path, body: other },
    ];
  };
/** A deletion of what a body makes at an address, which is its address too; two of them. */
const deletionOf =
  (path: string, body: object): Requests =>
  async (service) => {
    const one = async () => ({ path: `${path}/${(await created(service, path, body))['id']}` });
    return [await one(), await one()];
  };

const note = { channel: 'hearings', type: 'note', data: { a: 1 } };
const other = { ...note, data: { a: 2 } };
const venue = '/api/venues/venue-123';
const endDate = '2099-01-01T00:00:00.000Z';
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
  ...keyedNotificationRequests,
  'POST /api/venues': bodies('/api/venues', { name: 'The Cellar' }, { name: 'The Loft' }),
  'PATCH /api/venues/{id}': bodies(venue, { description: 'Jazz' }, { description: 'Blues' }),
  'POST /api/venues/{id}/vibe-checks': bodies(`${venue}/vibe-checks`, { rating: 1 }, { rating: 2 }),
  'POST /api/venues/{id}/promotions': bodies(
    `${venue}/promotions`,
    { title: 'Two for one', endDate },
    { title: 'Three for two', endDate },
  ),
  'PATCH /api/venues/{id}/promotions/{promotionId}': bodies(
    `${venue}/promotions/promotion-1`,
    { title: 'Two for one' },
    { title: 'Three for two' },
  ),
  'DELETE /api/venues/{id}': deletionOf('/api/venues', { name: 'The Attic' }),
  'DELETE /api/venues/{id}/vibe-checks/{checkId}': deletionOf(`${venue}/vibe-checks`, { rating: 1 }),
  'DELETE /api/venues/{id}/promotions/{promotionId}': deletionOf(`${venue}/promotions`, {
    title: 'Three for two',
    endDate,
  }),
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
  ...keyedClinicRequests,
  ...keyedChannelRequests,
  ...keyedFileRequests,
};

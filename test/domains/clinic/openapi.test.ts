import { test } from 'bun:test';
import { type Call, type Example, muteAll, mutes } from '../../gateways/documents/openapi-examples.ts';
import { expectDocumented } from '../../support/documents/documented-answers.ts';
import { jwtMode } from '../../support/services/service.ts';
import { startClinic } from './support.ts';

const asha = { user: 'asha1', role: 'asha' };
const doctor = { user: 'dr-cruz', role: 'clinician' };
const nobodys = crypto.randomUUID();
const said = crypto.randomUUID();
const deleted = crypto.randomUUID();
const notice = crypto.randomUUID();
const room = '/api/cases/CASE-1/chat';
const lock = '/api/cases/CASE-2/lock';
const review = { assessment: 'Seen.' };

/** For each route, requests that bring about every status it is said to answer, but those that all refuse alike. */
const examples: Readonly<Record<string, readonly Example[]>> = {
  'POST /api/cases': [
    (call) => call('/api/cases', { ...asha, body: { patientName: 'p', complaint: 'c' } }),
    (call) => call('/api/cases', { body: {} }),
  ],
  'GET /api/cases': [
    (call) => call('/api/cases', asha),
    (call) => call('/api/cases'),
    (call) => call('/api/cases?status=DONE', asha),
  ],
  'GET /api/cases/{id}': [
    (call) => call('/api/cases/CASE-1', asha),
    (call) => call('/api/cases/CASE-1'),
    (call) => call('/api/cases/CASE-3', asha),
    (call) => call('/api/cases/!', asha),
  ],
  'POST /api/cases/update-status': ['CASE-1', 'CASE-1', 'CASE-3'].flatMap((caseId) => [
    (call: Call) => call('/api/cases/update-status', { ...asha, body: { caseId, status: 'FORWARDED' } }),
    (call: Call) => call('/api/cases/update-status', { body: {} }),
  ]),
  'POST /api/cases/{id}/clinician-review': [
    (call) =>
      call('/api/cases/CASE-3/clinician-review', { ...doctor, body: { ...review, status: 'COMPLETED' } }),
    (call) => call('/api/cases/CASE-3/clinician-review', { ...doctor, body: review }),
    (call) => call('/api/cases/none/clinician-review', { ...doctor, body: review }),
    (call) => call('/api/cases/CASE-3/clinician-review', { ...asha, body: review }),
  ],
  'PATCH /api/cases/update-status': [
    (call) => call('/api/cases/update-status', { ...asha, body: { caseId: 'CASE-4', action: 'complete' } }),
    (call) => call('/api/cases/update-status', { ...asha, body: { caseId: 'CASE-4', action: 'cancel' } }),
    (call) => call('/api/cases/update-status', { ...asha, body: { caseId: 'none', action: 'cancel' } }),
    (call) => call('/api/cases/update-status', { body: {} }),
  ],
  'PUT /api/cases/{id}/clinician-review': [
    (call) => call('/api/cases/CASE-5/clinician-review', { ...doctor, body: review }),
    (call) => call('/api/cases/CASE-5/clinician-review', { ...doctor, body: review }),
    (call) => call('/api/cases/none/clinician-review', { ...doctor, body: review }),
    (call) => call('/api/cases/CASE-5/clinician-review', { ...asha, body: review }),
  ],
  'PATCH /api/cases/{id}': [
    (call) => call('/api/cases/CASE-5', { ...asha, body: { village: 'Purok 1' } }),
    (call) => call('/api/cases/CASE-4', { ...asha, body: { village: 'Purok 1' } }),
    (call) => call('/api/cases/none', { ...asha, body: { village: 'Purok 1' } }),
    (call) => call('/api/cases/CASE-5', { body: {} }),
  ],
  'PUT /api/cases/{id}/assignment': [
    (call) => call('/api/cases/CASE-5/assignment', { ...doctor, body: { clinicianId: 'dr-cruz' } }),
    (call) => call('/api/cases/CASE-4/assignment', { ...doctor, body: { clinicianId: 'dr-cruz' } }),
    (call) => call('/api/cases/none/assignment', { ...doctor, body: { clinicianId: 'dr-cruz' } }),
    (call) => call('/api/cases/CASE-5/assignment', { ...asha, body: { clinicianId: 'dr-cruz' } }),
  ],
  'DELETE /api/cases/{id}/lock': [
    (call) => call('/api/cases/CASE-5/lock', { user: 'admin1', role: 'admin' }),
    (call) => call('/api/cases/none/lock', { user: 'admin1', role: 'admin' }),
    (call) => call('/api/cases/!/lock', { user: 'admin1', role: 'admin' }),
    (call) => call('/api/cases/CASE-5/lock', asha),
  ],
  'GET /api/cases/{id}/lock': [
    (call) => call(lock, asha),
    (call) => call(lock),
    (call) => call('/api/cases/CASE-3/lock', asha),
    (call) => call('/api/cases/!/lock', asha),
  ],
  'POST /api/cases/{id}/lock': [
    (call) => call(lock, { ...asha, body: { sessionId: 'a' } }),
    (call) => call(lock, { ...doctor, body: { sessionId: 'b', wait: true } }),
    (call) => call(lock, { ...doctor, body: { sessionId: 'c' } }),
    (call) => call('/api/cases/none/lock', { ...doctor, body: { sessionId: 'c' } }),
    (call) => call(lock, { body: {} }),
  ],
  'POST /api/cases/{id}/lock/renew': [
    (call) => call(`${lock}/renew`, { ...asha, body: { sessionId: 'a', token: 1 } }),
    (call) => call(`${lock}/renew`, { ...doctor, body: { sessionId: 'b', token: 1 } }),
    (call) => call('/api/cases/none/lock/renew', { ...doctor, body: { sessionId: 'b', token: 1 } }),
    (call) => call(`${lock}/renew`, { body: {} }),
  ],
  'POST /api/cases/{id}/lock/release': [
    (call) => call(`${lock}/release`, { ...asha, body: { sessionId: 'a' } }),
    (call) => call('/api/cases/none/lock/release', { ...doctor, body: { sessionId: 'a' } }),
    (call) => call(`${lock}/release`, { body: {} }),
  ],
  'POST /api/cases/{id}/chat': [
    (call) => call(room, { ...asha, body: { messageId: said, body: 'x' } }),
    (call) => call(room, { ...asha, body: { messageId: deleted, body: 'x' } }),
    (call) => call(room, { ...doctor, body: { messageId: said, body: 'x' } }),
    (call) => call(room, { ...asha, body: { body: 'x', replyTo: nobodys } }),
    (call) => call(room, { body: {} }),
  ],
  'GET /api/cases/{id}/chat': [
    (call) => call(room, asha),
    (call) => call(room),
    (call) => call('/api/cases/CASE-3/chat', asha),
    (call) => call(`${room}?limit=0`, asha),
  ],
  'DELETE /api/cases/{id}/chat/{messageId}': [
    (call) => call(`${room}/${deleted}`, doctor),
    (call) => call(`${room}/${deleted}`, asha),
    (call) => call(`${room}/${deleted}`, asha),
    (call) => call(`${room}/${nobodys}`, asha),
    (call) => call(`${room}/1`, asha),
  ],
  'PUT /api/cases/{id}/chat/{messageId}': [
    (call) => call(`${room}/${said}`, { ...asha, body: { body: 'y' } }),
    (call) => call(`${room}/${deleted}`, { ...asha, body: { body: 'y' } }),
    (call) => call(`${room}/${said}`, { ...doctor, body: { body: 'y' } }),
    (call) => call(`${room}/${nobodys}`, { ...asha, body: { body: 'y' } }),
  ],
  'PUT /api/cases/{id}/chat/{messageId}/reactions': [said, deleted, nobodys].flatMap((messageId) => [
    (call: Call) => call(`${room}/${messageId}/reactions`, { ...asha, body: { emoji: '👍', present: true } }),
    (call: Call) => call(`${room}/${messageId}/reactions`, { body: {} }),
  ]),
  'POST /api/cases/{id}/chat/read': [
    (call) => call(`${room}/read`, { ...doctor, body: { messageId: said } }),
    (call) => call(`${room}/read`, { ...doctor, body: { messageId: nobodys } }),
    (call) => call(`${room}/read`, { body: {} }),
  ],
  'POST /api/clinic/notifications': [
    (call) =>
      call('/api/clinic/notifications', { ...doctor, body: { userId: 'asha1', title: 't', message: 'm' } }),
    (call) =>
      call('/api/clinic/notifications', {
        ...doctor,
        body: { userId: 'asha1', title: 't', message: 'm', caseId: 'none' },
      }),
    (call) => call('/api/clinic/notifications', { body: {} }),
  ],
  'GET /api/clinic/notifications': [
    (call) => call('/api/clinic/notifications', asha),
    (call) => call('/api/clinic/notifications'),
    (call) => call('/api/clinic/notifications?unread=maybe', asha),
  ],
  'POST /api/clinic/notifications/{id}/read': [
    (call) => call(`/api/clinic/notifications/${notice}/read`, asha),
    (call) => call(`/api/clinic/notifications/${nobodys}/read`, asha),
    (call) => call(`/api/clinic/notifications/${nobodys}/read`),
    (call) => call('/api/clinic/notifications/1/read', asha),
  ],
  'POST /api/clinic/notifications/read': [
    (call) => call('/api/clinic/notifications/read', asha),
    (call) => call('/api/clinic/notifications/read'),
    (call) => call('/api/clinic/notifications/read?strange=1', asha),
  ],
  'DELETE /api/clinic/notifications/{id}': [
    (call) => call(`/api/clinic/notifications/${notice}`, asha),
    (call) => call(`/api/clinic/notifications/${nobodys}`, asha),
    (call) => call(`/api/clinic/notifications/${nobodys}`),
    (call) => call('/api/clinic/notifications/1', asha),
  ],
  ...mutes('/api/clinic/notifications', 'asha'),
};

test('whatever is answered is what the document says, for every route of the clinic and every status it has', async () => {
  await using clinic = await startClinic(jwtMode);
  await clinic.database.query(muteAll, [['clinic_notifications']]);
  await clinic.database.query(
    `insert into clinic.notifications (id, user_id, title, message, sent_by) values ($1, 'asha1', 't', 'm', 'x')`,
    [notice],
  );
  await clinic.database.query(
    `insert into clinic.cases (id, status, worker_id, patient_name, complaint, updated_by)
     values ('CASE-4', 'NEW', 'asha1', 'p', 'c', 'asha1'), ('CASE-5', 'FORWARDED', 'asha1', 'p', 'c', 'asha1')`,
  );
  await expectDocumented(clinic, { of: / \/api\/(cases|clinic)/, examples });
});

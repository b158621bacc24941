import type { TestService } from '../../support/services/service.ts';
import { bodies, created, type KeyedRequest, type Requests } from './keyed-request.ts';

const clinician = { 'x-user-id': 'dr-lee', 'x-role': 'clinician' };
const asha = { 'x-user-id': 'asha1', 'x-role': 'asha' };

const caseOf = async (service: TestService) =>
  (await created(service, '/api/cases', { patientName: 'Rosa', complaint: 'Fever' }, asha))['caseId'] ?? '';
const messageOf = async (service: TestService, caseId: string) =>
  (await created(service, `/api/cases/${caseId}/chat`, { body: 'Hello' }, asha))['messageId'] ?? '';
const notice = { title: 'Visit', message: 'Tomorrow at nine.' };
const stepTo = (service: TestService, caseId: string, status: string, headers = asha) =>
  created(service, '/api/cases/update-status', { caseId, status }, headers);

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

/** Two bodies for one path below `/api/cases/`. */
const onCase = (
  path: string,
  body: object,
  other: object,
  headers = asha,
): readonly [KeyedRequest, KeyedRequest] => [
  { path: `/api/cases/${path}`, body, headers },
  { path: `/api/cases/${path}`, body: other, headers },
];
const review: Requests = async (service) => {
  const caseId = await caseOf(service);
  await stepTo(service, caseId, 'FORWARDED');
  await stepTo(service, caseId, 'IN_REVIEW', clinician);
  return onCase(`${caseId}/clinician-review`, { assessment: 'Dengue.' }, { assessment: 'Flu.' }, clinician);
};

/** Those of the clinic. */
export const keyedClinicRequests: Readonly<Record<string, Requests>> = {
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
  'PATCH /api/cases/update-status': async (service) => {
    const caseId = await caseOf(service);
    const step = (action: string) => ({
      path: '/api/cases/update-status',
      body: { caseId, action },
      headers: asha,
    });
    return [step('forward'), step('cancel')];
  },
  'PATCH /api/cases/{id}': async (service) =>
    onCase(await caseOf(service), { village: 'Uyole' }, { village: 'Ilomba' }),
  'PUT /api/cases/{id}/assignment': async (service) =>
    onCase(
      `${await caseOf(service)}/assignment`,
      { clinicianId: 'dr-lee' },
      { clinicianId: null },
      clinician,
    ),
  'POST /api/cases/{id}/clinician-review': review,
  'PUT /api/cases/{id}/clinician-review': review,
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
    { userId: 'asha1', ...notice },
    { userId: 'chw1', ...notice },
    clinician,
  ),
};

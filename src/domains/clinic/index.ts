import { Elysia, t } from 'elysia';
import { shippedMigrations } from '../../db/migrate/folders.ts';
import { type DomainContext, defineDomain } from '../../extension/domain.ts';
import { KeyHeaders, repeatable } from '../../protocol/schemas/idempotency.ts';
import { cursor } from '../../protocol/schemas/paging.ts';
import { Problem } from '../../protocol/schemas/problem.ts';
import { answered } from './change.ts';
import { clinicChannels, portalChannels } from './channels.ts';
import * as model from './model.ts';
import { clinicPersonal } from './personal.ts';
import { chatRoutes } from './routes/chat-routes.ts';
import { editRoutes } from './routes/edit-routes.ts';
import { notificationRoutes } from './routes/notification-routes.ts';
import * as schema from './schema.ts';
import { clinicPeople, seedClinic } from './seed.ts';
import { CaseService } from './services/case-service.ts';
import { LockService } from './services/lock-service.ts';
import { roles, workers } from './statuses.ts';
import { clinicTables } from './triggers.ts';

const allow = [...roles];
const clinicians = ['clinician', 'admin'];
const readFailures = { 401: Problem, 403: Problem, 422: Problem, 503: Problem };
const readOneFailures = { ...readFailures, 404: Problem };
const writeFailures = { ...readFailures, 400: Problem, 413: Problem };
const changeFailures = { ...writeFailures, 404: Problem, 409: Problem };
const tags = ['clinic'];

/** Health workers' and clinicians' portals: cases, their locks and chats, notifications. */
export const clinic = defineDomain({
  name: 'clinic',
  migrations: shippedMigrations('clinic'),
  schema,
  channels: clinicChannels,
  personal: clinicPersonal,
  tables: clinicTables,
  seed: seedClinic,
  people: clinicPeople,
  pages: [
    {
      path: '/clinician',
      bundle: 'clinic/portal',
      title: 'Clinician',
      titleFil: 'Doktor',
      roles: ['clinician', 'admin'],
    },
    { path: '/asha', bundle: 'clinic/portal', title: 'ASHA', roles: ['asha'] },
    {
      path: '/chw',
      bundle: 'clinic/portal',
      title: 'Community health worker',
      titleFil: 'Barangay health worker',
      roles: ['chw'],
    },
  ],
  socketIo: { autoSubscribe: portalChannels },
  routes(deps) {
    return new Elysia({ name: 'domain-clinic' })
      .use(caseRoutes(deps))
      .use(editRoutes(deps))
      .use(lockRoutes(deps))
      .use(chatRoutes(deps))
      .use(notificationRoutes(deps));
  },
});

/** A query's text as a number. */
const pageSize = (maximum: number) => t.Numeric({ multipleOf: 1, minimum: 1, maximum, default: 50 });

function caseRoutes({ auth, publisher }: DomainContext) {
  const service = new CaseService(publisher);
  const response = { 200: model.CaseAnswer, ...changeFailures };
  return new Elysia({ name: 'clinic-cases', prefix: '/api/cases', tags })
    .use(auth)
    .post('', ({ body, principal, requestKey }) => answered(service.create(body, principal, requestKey)), {
      allow: [...workers, 'admin'],
      headers: KeyHeaders,
      body: model.NewCase,
      response: { 200: model.CaseAnswer, ...writeFailures },
      detail: { summary: 'Stores a case and publishes `newCase`' },
    })
    .get('', ({ query, principal }) => service.list(query, principal), {
      allow,
      query: t.Object({ status: t.Optional(model.Status), cursor, limit: pageSize(200) }),
      response: { 200: model.CaseList, ...readFailures },
      detail: { summary: 'The cases of a health worker, or all, with the position to subscribe from' },
    })
    .post(
      '/update-status',
      ({ body, principal, requestKey }) => answered(service.changeStatus(body, principal, requestKey)),
      {
        allow,
        headers: KeyHeaders,
        body: model.StatusChange,
        response,
        detail: { summary: 'Takes a legal step and publishes `caseStatusUpdate`' },
      },
    )
    .get('/:id', ({ params, principal }) => service.read(params.id, principal), {
      allow,
      params: model.CaseParameters,
      response: { 200: model.CaseDetail, ...readOneFailures },
      detail: { summary: 'One case with its reviews, and the steps that the caller may take' },
    })
    .post(
      '/:id/clinician-review',
      ({ params, body, principal, requestKey }) =>
        answered(service.review(params.id, body, principal, requestKey)),
      {
        allow: clinicians,
        headers: KeyHeaders,
        params: model.CaseParameters,
        body: model.ClinicianReview,
        response,
        detail: { summary: 'Stores a review and publishes the resulting `caseStatusUpdate`' },
      },
    );
}

function lockRoutes({ auth, database, leases }: DomainContext) {
  const service = new LockService(database, leases);
  const params = model.CaseParameters;
  const response = { 200: model.LockAnswer, ...changeFailures };
  return new Elysia({ name: 'clinic-locks', prefix: '/api/cases/:id/lock', tags })
    .use(auth)
    .get('', ({ params, principal }) => service.read(params.id, principal), {
      allow,
      params,
      response: { 200: model.LockState, ...readOneFailures },
      detail: { summary: 'The holder of the lock' },
    })
    .post(
      '',
      ({ params, body: { sessionId, wait = false }, principal }) =>
        service.acquire(params.id, sessionId, wait, principal),
      {
        allow,
        params,
        body: model.LockRequest,
        response,
        detail: {
          summary: 'Takes the lock, or a place in its queue',
          ...repeatable('a session that holds the lock, or waits for it, keeps its place'),
        },
      },
    )
    .post(
      '/renew',
      ({ params, body: { sessionId, token }, principal }) =>
        service.renew(params.id, sessionId, token, principal),
      {
        allow,
        params,
        body: model.LockRenewal,
        response,
        detail: { summary: 'Keeps the lock', ...repeatable('the lock lasts from the last renewal') },
      },
    )
    .post(
      '/release',
      ({ params, body, principal }) => service.release(params.id, body.sessionId, principal),
      {
        allow,
        params,
        body: model.LockRelease,
        response: { 200: model.LockReleased, ...writeFailures, 404: Problem },
        detail: {
          summary: 'Gives back the lock, or the place in its queue',
          ...repeatable('what was given back stays so: a repeat answers `released: false`'),
        },
      },
    );
}

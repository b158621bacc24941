import { Elysia } from 'elysia';
import type { DomainContext } from '../../../extension/domain.ts';
import { KeyHeaders, repeatable } from '../../../protocol/schemas/idempotency.ts';
import { Problem } from '../../../protocol/schemas/problem.ts';
import { answered } from '../change.ts';
import * as model from '../model.ts';
import { CaseEditService } from '../services/case-edit-service.ts';
import { CaseService } from '../services/case-service.ts';
import { LockService } from '../services/lock-service.ts';
import { actionStatus, roles } from '../statuses.ts';

const allow = [...roles];
const clinicians = ['clinician', 'admin'];
const refusals = {
  400: Problem,
  401: Problem,
  403: Problem,
  404: Problem,
  409: Problem,
  413: Problem,
  422: Problem,
  503: Problem,
};
const response = { 200: model.CaseAnswer, ...refusals };
const params = model.CaseParameters;

/** The routes that change a case beside its status, and those that the team's portals call under their own names. */
export function editRoutes({ auth, database, publisher, leases }: DomainContext) {
  const cases = new CaseService(publisher);
  const edits = new CaseEditService(publisher);
  const locks = new LockService(database, leases);
  return new Elysia({ name: 'clinic-edits', prefix: '/api/cases', tags: ['clinic'] })
    .use(auth)
    .patch(
      '/update-status',
      ({ body: { action, ...rest }, principal, requestKey }) =>
        answered(cases.changeStatus({ ...rest, status: actionStatus[action] }, principal, requestKey)),
      {
        allow,
        headers: KeyHeaders,
        body: model.ActionChange,
        response,
        detail: { summary: 'Takes a legal step by the name of an action and publishes `caseStatusUpdate`' },
      },
    )
    .put(
      '/:id/clinician-review',
      ({ params, body, principal, requestKey }) =>
        answered(cases.review(params.id, body, principal, requestKey)),
      {
        allow: clinicians,
        headers: KeyHeaders,
        params,
        body: model.ClinicianReview,
        response,
        detail: { summary: 'The same as POST' },
      },
    )
    .patch(
      '/:id',
      ({ params, body, principal, requestKey }) =>
        answered(edits.edit(params.id, body, principal, requestKey)),
      {
        allow,
        headers: KeyHeaders,
        params,
        body: model.CaseEdit,
        response,
        detail: { summary: 'Changes the description of a case and publishes `caseUpdate`' },
      },
    )
    .put(
      '/:id/assignment',
      ({ params, body, principal, requestKey }) =>
        answered(edits.assign(params.id, body, principal, requestKey)),
      {
        allow: clinicians,
        headers: KeyHeaders,
        params,
        body: model.Assignment,
        response,
        detail: { summary: 'Assigns a case to a clinician or a health worker and publishes `caseUpdate`' },
      },
    )
    .delete('/:id/lock', ({ params, principal }) => locks.break(params.id, principal), {
      allow: ['admin'],
      params,
      response: {
        200: model.LockReleased,
        401: Problem,
        403: Problem,
        404: Problem,
        422: Problem,
        503: Problem,
      },
      detail: {
        summary: 'Takes the lock from its holder; the first in its queue receives it',
        ...repeatable('a lock that nobody holds stays free: a repeat answers `released: false`'),
      },
    });
}

import { Elysia, t } from 'elysia';
import type { DomainContext } from '../../../extension/domain.ts';
import { muteRoutes } from '../../../extension/mute-routes.ts';
import { KeyHeaders, repeatable } from '../../../protocol/schemas/idempotency.ts';
import { AllRead, Deleted } from '../../../protocol/schemas/notifications.ts';
import { cursor } from '../../../protocol/schemas/paging.ts';
import { Problem } from '../../../protocol/schemas/problem.ts';
import { answered } from '../change.ts';
import { notices } from '../channel-names.ts';
import * as model from '../model.ts';
import { NotificationService } from '../services/notification-service.ts';
import { roles } from '../statuses.ts';

const path = '/api/clinic/notifications';
const tag = 'clinic';
const allow = [...roles];
const headers = KeyHeaders;
const params = model.NotificationParameters;
const callFailures = { 401: Problem, 403: Problem, 422: Problem, 503: Problem };
const refusingOne = { ...callFailures, 404: Problem };

/** Notifications: sent by clinicians; read, marked, deleted and muted by the person whose they are. */
export function notificationRoutes(deps: DomainContext) {
  const { auth, publisher } = deps;
  const service = new NotificationService(publisher);
  const own = new Elysia({ name: 'clinic-own-notifications', prefix: path, tags: [tag] })
    .use(auth)
    .post('', ({ body, principal, requestKey }) => answered(service.send(body, principal, requestKey)), {
      allow: ['clinician', 'admin'],
      headers,
      body: model.NewNotification,
      response: { 200: model.NotificationAnswer, ...refusingOne, 400: Problem, 413: Problem },
      detail: { summary: 'Stores a notification and publishes it to one user' },
    })
    .get('', ({ query, principal }) => service.list(query, principal), {
      allow,
      query: t.Object({
        unread: t.Optional(t.BooleanString()),
        cursor,
        limit: t.Numeric({ multipleOf: 1, minimum: 1, maximum: 200, default: 50 }),
      }),
      response: { 200: model.NotificationList, ...callFailures },
      detail: { summary: 'The caller’s notifications' },
    })
    .post('/read', ({ principal }) => answered(service.markAllRead(principal)), {
      allow,
      response: { 200: AllRead, ...callFailures },
      detail: {
        summary: 'Marks all as read and publishes `notificationRead` to their user',
        ...repeatable('what is read stays so, and is not published again'),
      },
    })
    .post(
      '/:id/read',
      ({ params, principal, requestKey }) => answered(service.markRead(params.id, principal, requestKey)),
      {
        allow,
        headers,
        params,
        response: { 200: model.NotificationAnswer, ...refusingOne },
        detail: { summary: 'Marks one as read and publishes `notificationRead` to its user' },
      },
    )
    .delete('/:id', ({ params, principal, requestKey }) => service.delete(params.id, principal, requestKey), {
      allow,
      headers,
      params,
      response: { 200: Deleted, ...refusingOne },
      detail: { summary: 'Deletes one and publishes `notificationDeleted` to its user' },
    });
  const kind = 'the `caseId` that they are about';
  return new Elysia({ name: 'clinic-notifications' })
    .use(own)
    .use(muteRoutes(deps, { namespace: notices, path, tag, allow, kind }));
}

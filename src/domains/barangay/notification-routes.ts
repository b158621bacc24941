import { Type } from '@sinclair/typebox';
import { Elysia, t } from 'elysia';
import type { DomainContext } from '../../extension/domain.ts';
import { muteRoutes } from '../../extension/mute-routes.ts';
import { KeyHeaders, repeatable } from '../../protocol/schemas/idempotency.ts';
import { AllRead, Deleted } from '../../protocol/schemas/notifications.ts';
import { cursor } from '../../protocol/schemas/paging.ts';
import { Problem } from '../../protocol/schemas/problem.ts';
import { Text } from '../../protocol/schemas/text.ts';
import { NotificationAnswer, NotificationList } from './model.ts';
import type { NotificationService } from './notification-service.ts';
import { notificationsTable } from './triggers.ts';

const path = '/api/barangay/notifications';
const tag = 'barangay';
const allow: string[] = [];
const params = Type.Object({ id: Text(200, { description: 'of the row, as text' }) });
const headers = KeyHeaders;
const readFailures = { 401: Problem, 422: Problem, 503: Problem };
const writeFailures = { ...readFailures, 403: Problem };

/** A person's own notifications: read, marked, deleted, muted. */
export function notificationRoutes(deps: DomainContext, service: NotificationService) {
  const { namespace } = notificationsTable.mutes;
  const kind = 'the `type` of the row';
  const own = new Elysia({ name: 'barangay-own-notifications', prefix: path, tags: [tag] })
    .use(deps.auth)
    .get('', ({ query, principal }) => service.list(query, principal), {
      allow,
      query: t.Object({
        unread: t.Optional(t.BooleanString()),
        cursor,
        limit: t.Numeric({ multipleOf: 1, minimum: 1, maximum: 200, default: 50 }),
      }),
      response: { 200: NotificationList, ...readFailures },
      detail: {
        summary: 'The caller’s notifications, and the position of `notifications` to subscribe from',
      },
    })
    .post('/read', ({ principal }) => service.markAllRead(principal), {
      allow,
      response: { 200: AllRead, ...writeFailures },
      detail: {
        summary: 'Marks all as read, and publishes `notificationRead` to their user',
        ...repeatable('what is read stays so, and is not published again'),
      },
    })
    .post(
      '/:id/read',
      ({ params, principal, requestKey }) => service.markRead(params.id, principal, requestKey),
      {
        allow,
        headers,
        params,
        response: { 200: NotificationAnswer, ...writeFailures, 404: Problem },
        detail: { summary: 'Marks one as read, and publishes `notificationRead` to its user' },
      },
    )
    .delete('/:id', ({ params, principal, requestKey }) => service.delete(params.id, principal, requestKey), {
      allow,
      headers,
      params,
      response: { 200: Deleted, ...writeFailures, 404: Problem, 409: Problem },
      detail: { summary: 'Deletes one, and publishes `notificationDeleted` to its user' },
    });
  return new Elysia({ name: 'barangay-notifications' })
    .use(own)
    .use(muteRoutes(deps, { namespace, path, tag, allow, kind }));
}

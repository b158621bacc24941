import { Elysia, t } from 'elysia';
import type { AuthPlugin } from '../../../auth/plugin.ts';
import { SharedReadings } from '../../../lib/shared-readings.ts';
import { repeatable } from '../../../protocol/schemas/idempotency.ts';
import { cursor } from '../../../protocol/schemas/paging.ts';
import { Problem } from '../../../protocol/schemas/problem.ts';
import { type ReadersPage, readReaders } from '../../../tracking/deliveries/readers.ts';
import { cancelEvent } from '../../../tracking/deliveries/settle.ts';
import { listRaised } from '../../../tracking/events/raised-events.ts';
import type { Tracking } from '../../../tracking/tracking.ts';
import { documentedPage, KnownPage, pageResponse } from '../inbox/page-response.ts';
import * as model from '../model.ts';
import { administrators } from '../permissions.ts';
import { schoolRoles } from '../roles.ts';
import { EventTypeService } from './event-type-service.ts';
import * as supervision from './supervision-model.ts';

const allow = [...schoolRoles];
const callFailures = { 401: Problem, 403: Problem, 503: Problem };
const addressing = { ...callFailures, 404: Problem, 422: Problem };
const unknownEvent = { 404: { $ref: '#/components/responses/404' } } as const;
const writeFailures = { ...addressing, 400: Problem, 413: Problem };

/** The routes by which authors, leaders of a school and administrators supervise events. */
export function supervisionRoutes(auth: AuthPlugin, tracking: Tracking) {
  const types = new EventTypeService(tracking);
  const readings = new SharedReadings<ReadersPage>(tracking.clock);
  return new Elysia({ name: 'school-supervision', prefix: '/api/v1/realtime', tags: ['school'] })
    .use(auth)
    .get('/event-types', ({ principal }) => types.list(principal), {
      allow,
      response: { 200: model.EventTypes, ...callFailures },
      detail: { summary: 'The types of events, and the roles that may raise them' },
    })
    .patch(
      '/event-types/:name',
      ({ params, body, principal }) => types.change(params.name, body, principal),
      {
        allow: administrators,
        params: supervision.EventTypeParameters,
        body: supervision.EventTypeChange,
        response: { 200: supervision.EventTypeAnswer, ...writeFailures },
        detail: {
          summary: 'Changes an event type, for events raised from now on',
          ...repeatable('says a state: a repeat changes nothing'),
        },
      },
    )
    .post(
      '/events/:id/cancel',
      async ({ params, principal }) => ({
        success: true as const,
        cancelled: await cancelEvent(tracking, principal, params.id),
      }),
      {
        allow,
        params: model.EventParameters,
        response: { 200: supervision.Cancelled, ...addressing, 409: Problem },
        detail: {
          summary: 'Cancels an event, for its author and for those who lead its school',
          ...repeatable('says a state: a repeat is 409'),
        },
      },
    )
    .get(
      '/events/raised',
      ({ query: { schoolId, ...query }, principal }) =>
        listRaised(tracking, principal, { ...query, tenantId: schoolId }),
      {
        allow,
        query: t.Object({
          schoolId: t.Optional(model.Id),
          type: t.Optional(supervision.EventTypeName),
          cursor,
          limit: t.Numeric({ multipleOf: 1, minimum: 1, maximum: 200, default: 50 }),
        }),
        response: { 200: supervision.RaisedEvents, ...callFailures, 422: Problem },
        detail: { summary: 'Events that the caller raised, and those of the schools that they lead' },
      },
    )
    .get(
      '/events/:id/readers',
      async ({ request, params, query: { maxAgeMs, ...query }, principal }) => {
        const { items: data, ...page } = await readReaders(
          tracking,
          principal,
          params.id,
          query,
          (key, read) => readings.read(key, maxAgeMs, read),
        );
        return pageResponse(request, { data, ...page });
      },
      {
        allow,
        params: model.EventParameters,
        query: t.Object({
          cursor,
          limit: t.Numeric({ multipleOf: 1, minimum: 1, maximum: 200, default: 50 }),
          maxAgeMs: t.Numeric({
            multipleOf: 1,
            minimum: 0,
            maximum: 60_000,
            default: 0,
            description:
              'for a caller who asks again and again: all who watch an event share what was read since then',
          }),
        }),
        headers: KnownPage,
        detail: {
          summary: 'The readers of an event, for its author and for those who lead its school',
          responses: { ...documentedPage(supervision.Readers), ...unknownEvent },
        },
      },
    );
}

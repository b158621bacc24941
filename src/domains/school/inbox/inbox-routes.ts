import { Elysia, t } from 'elysia';
import type { AuthPlugin } from '../../../auth/plugin.ts';
import { repeatable } from '../../../protocol/schemas/idempotency.ts';
import { Problem } from '../../../protocol/schemas/problem.ts';
import type { Tracking } from '../../../tracking/tracking.ts';
import * as model from '../model.ts';
import { schoolRoles } from '../roles.ts';
import { EventService } from '../services/event-service.ts';
import { documentedPage, KnownPage, pageResponse } from './page-response.ts';

const allow = [...schoolRoles];
const callFailures = { 401: Problem, 403: Problem, 503: Problem };
const oneFailures = { ...callFailures, 404: Problem, 422: Problem };
const state = repeatable('says a state: a repeat changes nothing and answers `changed: false`, or 0');

/** The routes of a person's inbox: what they were sent, what they say of it, and how they keep it. */
export function inboxRoutes(auth: AuthPlugin, tracking: Tracking) {
  const service = new EventService(tracking);
  return new Elysia({ name: 'school-inbox' })
    .use(listRoutes(auth, service))
    .use(acknowledgingRoutes(auth, service))
    .use(markingRoutes(auth, service));
}

const prefix = '/api/v1/realtime/events';
const tags = ['school'];

function listRoutes(auth: AuthPlugin, service: EventService) {
  return new Elysia({ name: 'school-events', prefix, tags })
    .use(auth)
    .get(
      '',
      async ({ query, principal, request }) => pageResponse(request, await service.list(query, principal)),
      {
        allow,
        query: t.Object({
          ...model.EventQuery.properties,
          unread: t.Optional(t.BooleanString()),
          archived: t.Optional(
            t.BooleanString({
              description: 'the archived events alone; without it the others',
            }),
          ),
          counts: t.Optional(t.BooleanString({ description: 'whether the answer has `counts`' })),
          limit: t.Numeric({ multipleOf: 1, minimum: 1, maximum: 200, default: 50 }),
        }),
        headers: KnownPage,
        detail: {
          summary: 'The caller’s events, the latest first',
          responses: documentedPage(model.EventPage),
        },
      },
    )
    .put('/read-all', ({ principal }) => service.readAll(principal), {
      allow,
      response: { 200: model.AllRead, ...callFailures },
      detail: { summary: 'Marks all of the caller’s events as read', ...state },
    })
    .put('/seen', ({ principal }) => service.seeAll(principal), {
      allow,
      response: { 200: model.AllSeen, ...callFailures },
      detail: { summary: 'Marks all of the caller’s events as seen: they looked into their inbox', ...state },
    });
}

function acknowledgingRoutes(auth: AuthPlugin, service: EventService) {
  const response = { 200: model.Acknowledged, ...oneFailures, 400: Problem, 413: Problem };
  const one = { allow, params: model.EventParameters, body: t.Optional(model.Device), response };
  const optional = { 'x-optional-body': true };
  return new Elysia({ name: 'school-acknowledging', prefix, tags })
    .use(auth)
    .put(
      '/:id/delivered',
      ({ params, body, principal }) => service.acknowledge(params.id, 'delivered', body, principal),
      {
        ...one,
        detail: { summary: 'Acknowledges the arrival of an event at a device', ...optional, ...state },
      },
    )
    .put(
      '/:id/read',
      ({ params, body, principal }) => service.acknowledge(params.id, 'read', body, principal),
      {
        ...one,
        detail: { summary: 'Marks an event as read and publishes `unread_count`', ...optional, ...state },
      },
    )
    .put(
      '/:id/ack',
      ({ params, body, principal }) => service.acknowledge(params.id, 'acknowledged', body, principal),
      {
        ...one,
        detail: { summary: 'Acknowledges an event as its recipient', ...optional, ...state },
      },
    );
}

function markingRoutes(auth: AuthPlugin, service: EventService) {
  const response = { 200: model.Marked, ...oneFailures };
  const one = { allow, params: model.EventParameters, response };
  return new Elysia({ name: 'school-marking', prefix, tags })
    .use(auth)
    .put('/:id/unread', ({ params, principal }) => service.mark(params.id, 'unread', principal), {
      ...one,
      detail: { summary: 'Marks an event as unread again, for the caller alone', ...state },
    })
    .put('/:id/archive', ({ params, principal }) => service.mark(params.id, 'archived', principal), {
      ...one,
      response: { ...response, 409: Problem },
      detail: { summary: 'Reads an event and puts it away', ...state },
    })
    .put('/:id/unarchive', ({ params, principal }) => service.mark(params.id, 'restored', principal), {
      ...one,
      detail: { summary: 'Takes an event back from the archive', ...state },
    });
}

import { Elysia, t } from 'elysia';
import { PublishHeaders } from '../../protocol/idempotency.ts';
import { Problem } from '../../protocol/problem.ts';
import { ConnectionRecorder } from '../../tracking/connections.ts';
import type { Tracking } from '../../tracking/tracking.ts';
import type { DomainDeps } from '../domain.ts';
import { members, ownChannels, schoolChannels } from './channels.ts';
import { healthOf, testConnection } from './connection-service.ts';
import { EventService } from './event-service.ts';
import { schoolFrames } from './frames.ts';
import { type Hook, HookBatch, type HookName, hookEvents } from './hook-events.ts';
import { HookService, sourceRolesOf } from './hook-service.ts';
import type { HookCall } from './hooks.ts';
import * as model from './model.ts';
import { pageResponse } from './page-response.ts';
import { broadcasterRoles } from './permissions.ts';
import { schoolRoles } from './roles.ts';
import { seedSchool } from './seed.ts';

const allow = [...schoolRoles];
const administrators = ['super_admin'];
const reading = { 401: Problem, 403: Problem, 422: Problem, 503: Problem };
const writing = { ...reading, 400: Problem, 413: Problem };
const prefix = '/api/v1/realtime';
const tags = ['school'];

/** Several schools under one roof: what happens there is tracked until everybody it concerns has read it. */
export const school = {
  name: 'school',
  channels: schoolChannels,
  seed: seedSchool,
  socketIo: { autoSubscribe: ownChannels },
  frames: (deps: DomainDeps) => schoolFrames(trackingOf(deps), deps.manager),
  routes(deps: DomainDeps) {
    const { manager, processId, opened } = deps;
    opened.use(new ConnectionRecorder({ ...trackingOf(deps), manager, processId }));
    return new Elysia({ name: 'domain-school' })
      .use(eventRoutes(deps))
      .use(sendingRoutes(deps))
      .use(hookRoutes(deps))
      .use(diagnosticRoutes(deps));
  },
};

const trackingOf = ({ database, manager, clock, logger }: DomainDeps): Tracking => ({
  database,
  manager,
  members,
  clock,
  logger: logger.child({ name: 'school' }),
});

const created = async <T>(data: Promise<T>) => ({ success: true, data: await data }) as const;

function eventRoutes({ auth, ...deps }: DomainDeps) {
  const service = new EventService(trackingOf({ auth, ...deps }));
  const response = { 200: model.Acknowledged, ...writing, 404: Problem };
  const one = { allow, params: model.EventParameters, body: model.DeviceBody, response };
  return new Elysia({ name: 'school-events', prefix, tags })
    .use(auth)
    .get(
      '/events',
      async ({ query, principal, request }) => pageResponse(request, await service.list(query, principal)),
      {
        allow,
        query: t.Object({
          ...model.EventQuery.properties,
          unread: t.Optional(t.BooleanString()),
          limit: t.Numeric({ multipleOf: 1, minimum: 1, maximum: 200, default: 50 }),
        }),
        headers: t.Object({ 'if-none-match': t.Optional(t.String()) }),
        detail: { summary: 'The caller’s events, the latest first', responses: pageResponse.documented },
      },
    )
    .put(
      '/events/:id/read',
      ({ params, body, principal }) => service.acknowledge(params.id, 'read', body?.deviceId, principal),
      { ...one, detail: { summary: 'Marks an event as read and publishes `unread_count`' } },
    )
    .put(
      '/events/:id/ack',
      ({ params, body, principal }) =>
        service.acknowledge(params.id, 'acknowledged', body?.deviceId, principal),
      { ...one, detail: { summary: 'Acknowledges an event, as the person it is for' } },
    )
    .put('/events/read-all', ({ principal }) => service.readAll(principal), {
      allow,
      response: { 200: model.AllRead, ...reading },
      detail: { summary: 'Marks all of the caller’s events as read' },
    })
    .get('/event-types', ({ principal }) => service.types(principal), {
      allow,
      response: { 200: model.EventTypes, ...reading },
      detail: { summary: 'The types of events, and who may raise them' },
    });
}

function sendingRoutes({ auth, ...deps }: DomainDeps) {
  const service = new EventService(trackingOf({ auth, ...deps }));
  const response = { 200: model.CreatedAnswer, ...writing };
  return new Elysia({ name: 'school-sending', prefix, tags })
    .use(auth)
    .post('/events/test', ({ body, principal }) => created(service.test(body, principal)), {
      allow,
      body: model.TestEvent,
      response,
      detail: { summary: 'Sends the caller an event' },
    })
    .post('/broadcast/school', ({ body, principal }) => created(service.broadcast(body, principal)), {
      allow: broadcasterRoles,
      body: model.Broadcast,
      response,
      detail: { summary: 'Announces something at a school, to everybody or to roles' },
    })
    .post('/events/system', ({ body, principal }) => created(service.system(body, principal)), {
      allow: administrators,
      body: model.SystemEvent,
      response,
      detail: { summary: 'Announces a maintenance at all schools, or at some' },
    });
}

function hookRoutes({ auth, ...deps }: DomainDeps) {
  const service = new HookService(trackingOf({ auth, ...deps }));
  const headers = PublishHeaders;
  const routes = new Elysia({ name: 'school-hooks', prefix: `${prefix}/hooks`, tags })
    .use(auth)
    .post(
      '/batch',
      ({ body, principal, headers }) =>
        created(service.callAll(body.calls as unknown as HookCall[], principal, headers['idempotency-key'])),
      {
        allow,
        headers,
        body: HookBatch,
        response: { 200: model.BatchAnswer, ...writing },
        detail: { summary: 'Several hooks, all or none' },
      },
    );
  for (const [name, { eventType, input }] of Object.entries<Hook>(hookEvents)) {
    routes.post(
      `/${name}`,
      ({ body, principal, headers }) => {
        const call = { hook: name as HookName, input: body } as HookCall;
        return created(service.call(call, principal, headers['idempotency-key']));
      },
      {
        allow: [...sourceRolesOf(eventType)],
        headers,
        body: input,
        response: { 200: model.CreatedAnswer, ...writing },
        detail: { summary: `Tells what happened, and raises \`${eventType}\`` },
      },
    );
  }
  return routes;
}

function diagnosticRoutes({ auth, manager, ...deps }: DomainDeps) {
  const tracking = trackingOf({ auth, manager, ...deps });
  return new Elysia({ name: 'school-diagnostics', prefix, tags })
    .use(auth)
    .get('/health', () => healthOf(tracking, manager), {
      response: { 200: model.Health, 503: Problem },
      detail: { summary: 'Whether events travel', security: [] },
    })
    .post('/test-connection', ({ principal }) => testConnection(tracking, manager, principal), {
      allow,
      response: { 200: model.ConnectionTest, ...reading },
      detail: { summary: 'Whispers to the caller’s devices and says how they are connected' },
    });
}

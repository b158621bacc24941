import { Elysia } from 'elysia';
import { shippedMigrations } from '../../db/migrate/folders.ts';
import { type DomainContext, defineDomain } from '../../extension/domain.ts';
import { KeyHeaders, repeatable } from '../../protocol/schemas/idempotency.ts';
import { Problem } from '../../protocol/schemas/problem.ts';
import { type Principal, servicePrincipal } from '../../realtime/principal.ts';
import { Activity } from '../../tracking/connections/activity.ts';
import { ConnectionRecorder } from '../../tracking/connections/connections.ts';
import { methodNames } from '../../tracking/methods/methods.ts';
import { openTracking, type TrackingOptions } from '../../tracking/open.ts';
import { Measures } from '../../tracking/statistics/measures.ts';
import { analyticsRoutes } from './analytics/analytics-routes.ts';
import { announcedChannels, members, ownChannels, schoolChannels } from './channels.ts';
import { eventReceipt, schoolFrames } from './frames.ts';
import { groupFrames } from './groups/group-frames.ts';
import { groupRoutes } from './groups/group-routes.ts';
import { hookRoutes } from './hooks/hook-routes.ts';
import { turnRoutes } from './hooks/turn-routes.ts';
import { inboxRoutes } from './inbox/inbox-routes.ts';
import * as model from './model.ts';
import { schoolPersonal } from './people/personal.ts';
import { administrators, broadcasterRoles, leaderRoles } from './permissions.ts';
import { raised } from './raised.ts';
import { predictionRoutes } from './reach/prediction-routes.ts';
import { reachRoutes } from './reach/reach-routes.ts';
import { smsCallbackPaths, smsCallbackRoutes, smsRoutes } from './reach/sms-routes.ts';
import { schoolRoles } from './roles.ts';
import * as schema from './schema.ts';
import { schoolPeople, seedSchool } from './seed.ts';
import { healthOf, testConnection } from './services/connection-service.ts';
import { EventService } from './services/event-service.ts';
import { measureRoutes } from './supervision/measure-routes.ts';
import { supervisionRoutes } from './supervision/supervision-routes.ts';
import { schoolTables } from './triggers.ts';

const allow = [...schoolRoles];
const callFailures = { 401: Problem, 403: Problem, 503: Problem };
const readFailures = { ...callFailures, 422: Problem };
const writeFailures = { ...readFailures, 400: Problem, 413: Problem };
const prefix = '/api/v1/realtime';
const tags = ['school'];

interface SchoolServices {
  readonly tracking: TrackingOptions['tracking'];
  readonly activity: Activity;
}

type SchoolContext = DomainContext & { readonly services: SchoolServices };

/** Several schools under one roof: what happens there is tracked until everybody it concerns has read it. */
export const school = defineDomain({
  name: 'school',
  migrations: shippedMigrations('school'),
  schema,
  forms: smsCallbackPaths,
  channels: schoolChannels,
  personal: schoolPersonal,
  tables: schoolTables,
  seed: seedSchool,
  people: schoolPeople,
  pages: [
    { path: '/school', bundle: 'school/school', title: 'School', titleFil: 'Paaralan', roles: allow },
    {
      path: '/school/staff',
      bundle: 'school/staff',
      title: 'Announcements',
      titleFil: 'Mga anunsiyo',
      roles: broadcasterRoles,
    },
    {
      path: '/school/dashboard',
      bundle: 'school/dashboard',
      title: 'School dashboard',
      titleFil: 'Dashboard ng paaralan',
      roles: leaderRoles,
    },
  ],
  socketIo: {
    autoSubscribe: ownChannels,
    receipts: { realtime_event: eventReceipt },
  },
  unasked: announcedChannels,
  services(context): SchoolServices {
    const { database, publisher, clock, logger, delivery } = context;
    const { channels } = context.manager;
    const measures = new Measures();
    const methods = methodNames(delivery);
    const tracking = { database, publisher, channels, measures, members, methods, clock, logger };
    return { tracking, activity: new Activity(tracking, measures) };
  },
  start(context, opened) {
    const { manager, processId, delivery, services } = context;
    opened.use(new ConnectionRecorder({ ...services.tracking, manager, processId }));
    opened.use(openTracking({ ...services, manager, processId, delivery }));
  },
  frames: ({ services: { tracking }, ...context }) => [
    ...schoolFrames(tracking, context.manager),
    ...groupFrames({ ...context, tracking }),
  ],
  routes(context) {
    const { tracking } = context.services;
    return new Elysia({ name: 'domain-school' })
      .use(inboxRoutes(context.auth, tracking))
      .use(sendingRoutes(context))
      .use(hookRoutes(context.auth, tracking))
      .use(groupRoutes(context.auth, { ...context, tracking }))
      .use(supervisionRoutes(context.auth, tracking))
      .use(turnRoutes(context.auth, tracking))
      .use(diagnosticRoutes(context))
      .use(
        measureRoutes(context.auth, {
          ...context.services,
          delivery: context.delivery,
          readerOf: overseerOf,
        }),
      )
      .use(
        analyticsRoutes(context.auth, {
          ...{ tracking, leaders: leaderRoles, readerOf: overseerOf },
          timeZone: context.delivery.hours.timeZone,
        }),
      )
      .use(reachRoutes(context.auth, { ...context, tracking }))
      .use(predictionRoutes(context.auth, { ...context, tracking }))
      .use(smsRoutes(context.auth, tracking))
      .use(smsCallbackRoutes(tracking, context.delivery.sms));
  },
});

/** An administrator who acts for no school alone oversees also what is for all schools, which belongs to none. */
const overseerOf = (principal: Principal) =>
  administrators.includes(principal.role) && principal.tenants.length === 0 ? servicePrincipal : principal;

function sendingRoutes({ auth, services }: SchoolContext) {
  const service = new EventService(services.tracking);
  const response = { 200: model.CreatedAnswer, ...writeFailures };
  const addressed = { ...response, 404: Problem };
  return new Elysia({ name: 'school-sending', prefix, tags })
    .use(auth)
    .post(
      '/events/test',
      ({ body, principal, requestKey }) => raised(service.test(body, principal, requestKey)),
      {
        allow,
        headers: KeyHeaders,
        body: model.TestEvent,
        response,
        detail: { summary: 'Sends the caller an event' },
      },
    )
    .post(
      '/broadcast/school',
      ({ body, principal, requestKey }) => raised(service.broadcast(body, principal, requestKey)),
      {
        allow: broadcasterRoles,
        headers: KeyHeaders,
        body: model.Broadcast,
        response: addressed,
        detail: { summary: 'Raises an announcement at a school, to everybody or to roles' },
      },
    )
    .post(
      '/events/system',
      ({ body, principal, requestKey }) => raised(service.system(body, principal, requestKey)),
      {
        allow: administrators,
        headers: KeyHeaders,
        body: model.SystemEvent,
        response: addressed,
        detail: { summary: 'Raises an announcement of maintenance at all schools, or at some' },
      },
    );
}

function diagnosticRoutes({ auth, manager, services: { tracking } }: SchoolContext) {
  return new Elysia({ name: 'school-diagnostics', prefix, tags })
    .use(auth)
    .get('/health', () => healthOf(tracking, manager), {
      response: { 200: model.Health, 503: Problem },
      detail: { summary: 'Health of the delivery of events', security: [] },
    })
    .post('/test-connection', ({ principal }) => testConnection(tracking, manager, principal), {
      allow,
      response: { 200: model.ConnectionTest, ...callFailures },
      detail: {
        summary: 'Sends an ephemeral frame to the caller’s devices and returns their connections',
        ...repeatable('what is whispered is in no log'),
      },
    });
}

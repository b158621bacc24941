import { Elysia } from 'elysia';
import type { Authenticator } from './auth/authenticator.ts';
import { authPlugin, checkRights } from './auth/plugin.ts';
import type { Database } from './db/connection/open.ts';
import type { Leases } from './db/leases/leases.ts';
import type { PostgresEventLog } from './db/log/event-log.ts';
import type { LastPositions } from './db/operation/last-positions.ts';
import type { Publisher } from './db/publisher.ts';
import type { shippedDomains } from './domains.ts';
import type { WithDomains } from './extension/app-type.ts';
import type { Domain, DomainContext, MountedDomain } from './extension/domain.ts';
import type { FileSettings } from './extension/files/settings.ts';
import type { FileStore } from './extension/files/store.ts';
import { coercePlainIntegers } from './extension/plain-integers.ts';
import { fileRoutes } from './files/file-routes.ts';
import { FileService } from './files/file-service.ts';
import { localFileRoutes, localUploads } from './files/local-routes.ts';
import { CallerRates } from './gateways/callers/caller-rates.ts';
import type { OriginRules } from './gateways/callers/origin.ts';
import { type Demo, demoRoutes } from './gateways/demo/demo-routes.ts';
import { type DocumentsDeps, documents } from './gateways/documents/documents.ts';
import { compileFrames } from './gateways/frames/own-frames.ts';
import { parseableAddress } from './gateways/http/address.ts';
import { allowedMethods } from './gateways/http/allowed-methods.ts';
import { browserAccess } from './gateways/http/browser-access.ts';
import { listLinks } from './gateways/http/page-links.ts';
import { problems } from './gateways/http/problem.ts';
import { noteCaller } from './gateways/http/request-facts.ts';
import { awakeFirst } from './gateways/operations/awake-first.ts';
import { health, type Readiness } from './gateways/operations/health.ts';
import { type Metrics, metricsRoute } from './gateways/operations/metrics.ts';
import { statsRoute } from './gateways/operations/stats.ts';
import { type PagesDeps, pagesGateway } from './gateways/pages/index.ts';
import { pollingGateway } from './gateways/polling/index.ts';
import { publishingGateway } from './gateways/publishing/index.ts';
import { bodyLimit, bodyWallBytes } from './gateways/requests/body-limit.ts';
import { requestBody } from './gateways/requests/request-body.ts';
import { requestLog } from './gateways/requests/request-log.ts';
import { strictRequests } from './gateways/requests/strict-requests.ts';
import { socketIoGateway } from './gateways/socket-io/index.ts';
import { FeedGateway } from './gateways/sse/feed-gateway.ts';
import { SseGateway } from './gateways/sse/gateway.ts';
import { sseGateway } from './gateways/sse/index.ts';
import { websocketGateway, websocketOptions } from './gateways/websocket/index.ts';
import type { Clock } from './lib/clock.ts';
import type { Idleness } from './lib/idleness.ts';
import { componentLogger, type Logger } from './logger.ts';
import { operatorApi } from './operate/operate.ts';
import { pollPositions } from './operate/record/poll-positions.ts';
import type { RealtimeManager } from './realtime/manager.ts';
import type { EventLog } from './realtime/ports/event-log.ts';
import type { Limits } from './realtime/sessions/limits.ts';
import type { Trail } from './realtime/trail/trail.ts';

export interface AppDeps<Domains extends readonly Domain[] = readonly Domain[]> {
  readonly manager: RealtimeManager;
  readonly metrics: Metrics;
  readonly database: Database;
  /** The log in Postgres, for the domains. */
  readonly log: PostgresEventLog;
  /** The log of the manager. */
  readonly eventLog: EventLog;
  readonly publisher: Publisher;
  readonly leases: Leases;
  /** The latest events of this process, for operators. */
  readonly trail: Trail;
  readonly positions: LastPositions;
  readonly idleness: Pick<Idleness, 'touch' | 'clock' | 'sleeps' | 'isAwake' | 'wake'>;
  readonly authenticator: Authenticator;
  /** The domains to mount. */
  readonly domains: Domains;
  readonly origins: OriginRules;
  readonly apiDocs: DocumentsDeps['apiDocs'];
  /** The pages for people and where their files come from. */
  readonly pages: PagesDeps['pages'];
  /** The place of files, if there is one, and their limits. */
  readonly files: { readonly store: FileStore | undefined; readonly settings: FileSettings };
  /** Absent in production, and where tokens are checked. */
  readonly demo?: Demo | undefined;
  readonly limits: Limits;
  readonly processId: string;
  readonly delivery: DomainContext['delivery'];
  readonly clock: Clock;
  readonly logger: Logger;
  readonly createId: () => string;
  readonly isDraining: () => boolean;
  readonly checkReady: () => Promise<Readiness>;
}

/** A server that does not listen yet, and what is to run beside its requests. */
export interface MountedApp<App> {
  readonly app: App;
  readonly domains: readonly MountedDomain[];
}

/** All routes of the engine and of the domains. Nothing is opened: the domains are started by the caller. */
export function mountApp<const Domains extends readonly Domain[]>(
  deps: AppDeps<Domains>,
): MountedApp<AppOf<Domains>> {
  const { app, domains } = createCore(deps);
  for (const { routes } of domains) if (routes) app.use(coercePlainIntegers(routes));
  return { app: app as unknown as AppOf<Domains>, domains };
}

/** All routes, without listening: tests call `app.handle`, `startService` listens. */
export function createApp<const Domains extends readonly Domain[]>(deps: AppDeps<Domains>): AppOf<Domains> {
  return mountApp(deps).app;
}

/** The type of a server with these domains, for Eden and for `createClient`: `type App = AppOf<[typeof shop]>`. */
export type AppOf<Domains extends readonly Domain[]> = WithDomains<
  ReturnType<typeof createCore>['app'],
  Domains
>;

/** The type of a server with all domains that ship: `treaty<App>(address)` calls every route with its types. */
export type App = AppOf<typeof shippedDomains>;

function createCore(deps: AppDeps) {
  const rates = new CallerRates(deps.limits.requestsPerMinute);
  const http = { ...deps, logger: componentLogger(deps.logger, 'http') };
  const sse = new SseGateway(deps);
  const checkOperator = async (request: Request) =>
    checkRights(await deps.authenticator.fromRequest(request), ['admin'], 'operate');
  const { database, log, manager, publisher, leases, clock, logger, processId, delivery } = deps;
  const auth = authPlugin(deps.authenticator, (principal, request, scope) => {
    deps.idleness.touch();
    rates.admit(principal, clock.monotonic());
    noteCaller(request, principal, scope);
  });
  const streams = new FeedGateway(sse);
  const context = {
    auth,
    database,
    log,
    manager,
    publisher,
    leases,
    streams,
    clock: deps.idleness.clock,
    logger,
    processId,
    delivery,
  };
  const domains = deps.domains.map((domain) =>
    domain.mount({ ...context, logger: componentLogger(logger, domain.name) }),
  );
  const uploads = localUploads(deps.files);
  const frames = compileFrames(domains.flatMap((domain) => domain.frames));
  const polls = deps.domains.flatMap((domain) => domain.polls ?? []);
  const sockets = deps.domains.flatMap((domain) => domain.sockets ?? []);
  const socketIo = deps.domains.flatMap(({ socketIo: clients, unasked }) => [
    ...(clients ? [clients] : []),
    ...(unasked ? [{ autoSubscribe: unasked(database) }] : []),
  ]);
  const personal = deps.domains.flatMap((domain) => domain.personal ?? []);
  const areas = deps.domains.map(({ pages = [], people = [] }) => ({ pages, people }));
  const root = new Elysia({
    name: 'tambuli',
    // Elysia otherwise looks for the path behind the eleventh character of an address, and a host may have one.
    handler: { standardHostname: false },
    // Elysia's own way turns a text or a list into an object where a record is asked for, before it validates.
    normalize: 'typebox',
    serve: { maxRequestBodySize: Math.max(bodyWallBytes, uploads.bytes) },
    websocket: websocketOptions(deps.limits),
  });
  const app = root
    // The funnel of errors comes first: it counts for what is registered after it.
    .use(
      problems({
        logger: http.logger,
        onRefusal: (code, about) => deps.manager.refused(code, about),
        methodsAt: allowedMethods(() => root.routes),
      }),
    )
    .use(awakeFirst(deps.idleness))
    .use(parseableAddress((request) => root.handle(request)))
    .use(requestLog(http))
    .use(browserAccess(deps.origins))
    .use(bodyLimit(uploads))
    .use(localFileRoutes(deps.files.store))
    // The sockets have no bodies to be read, and frames ignore what they do not know: a newer client is no error.
    .use(websocketGateway({ ...deps, frames }, sockets))
    .use(socketIoGateway({ ...deps, frames }, socketIo))
    .use(requestBody(new Set(deps.domains.flatMap(({ forms = [] }) => forms))))
    .use(strictRequests(deps.authenticator))
    .use(listLinks())
    .use(documents({ ...http, frames, sockets, checkOperator, routes: () => root.routes }))
    .use(pagesGateway({ ...http, areas, sockets, files: deps.files }))
    .use(health(http))
    .use(metricsRoute({ auth, metrics: deps.metrics }))
    .use(statsRoute({ auth, manager: deps.manager }))
    .use(sseGateway({ gateway: sse, auth }))
    .use(pollingGateway({ ...http, auth, addresses: polls, onPosition: pollPositions(deps) }))
    .use(publishingGateway({ ...http, log: deps.eventLog, auth, rates }))
    .use(fileRoutes(auth, new FileService({ ...deps, ...deps.files })))
    .use(
      operatorApi({
        ...deps,
        auth,
        personal,
        timeZone: delivery.hours.timeZone,
        readNumbers: () => deps.metrics.numbers(),
      }),
    );
  if (deps.demo) app.use(demoRoutes({ ...http, demo: deps.demo, auth }));
  return { app, domains };
}

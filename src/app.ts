import { Elysia } from 'elysia';
import type { Authenticator } from './auth/authenticator.ts';
import { authPlugin, checkRights } from './auth/plugin.ts';
import type { Database } from './db/connection/open.ts';
import type { Leases } from './db/leases/leases.ts';
import type { PostgresEventLog } from './db/log/event-log.ts';
import type { Publisher } from './db/publisher.ts';
import { domainRoutes, shippedDomains } from './domains.ts';
import type { Domain, DomainDeps } from './extension/domain.ts';
import { CallerRates } from './gateways/callers/caller-rates.ts';
import type { OriginRules } from './gateways/callers/origin.ts';
import { type DocumentsDeps, documents } from './gateways/documents/documents.ts';
import { compileFrames } from './gateways/frames/own-frames.ts';
import { parseableAddress } from './gateways/http/address.ts';
import { allowedMethods } from './gateways/http/allowed-methods.ts';
import { browserAccess } from './gateways/http/browser-access.ts';
import { listLinks } from './gateways/http/page-links.ts';
import { problems } from './gateways/http/problem.ts';
import { noteCaller } from './gateways/http/request-facts.ts';
import { health } from './gateways/operations/health.ts';
import { type Metrics, metricsRoute } from './gateways/operations/metrics.ts';
import { statsRoute } from './gateways/operations/stats.ts';
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
import type { Logger } from './logger.ts';
import type { RealtimeManager } from './realtime/manager.ts';
import type { Limits } from './realtime/sessions/limits.ts';
import { Measures } from './tracking/statistics/measures.ts';

export interface AppDeps {
  readonly manager: RealtimeManager;
  readonly metrics: Metrics;
  readonly database: Database;
  readonly log: PostgresEventLog;
  readonly publisher: Publisher;
  readonly leases: Leases;
  readonly authenticator: Authenticator;
  /** Names of shipped domains to mount. */
  readonly mounted: readonly string[];
  /** Domains from elsewhere. */
  readonly extraDomains?: readonly Domain[];
  readonly origins: OriginRules;
  readonly apiDocs: DocumentsDeps['apiDocs'];
  readonly limits: Limits;
  readonly processId: string;
  readonly opened: DomainDeps['opened'];
  readonly delivery: DomainDeps['delivery'];
  readonly clock: Clock;
  readonly logger: Logger;
  readonly createId: () => string;
  readonly isDraining: () => boolean;
  readonly checkReady: () => Promise<void>;
}

/** All routes, without listening: tests call `app.handle`, `startService` listens. */
export function createApp(deps: AppDeps) {
  const rates = new CallerRates(deps.limits.requestsPerMinute);
  const sse = new SseGateway(deps);
  const checkOperator = async (request: Request) =>
    checkRights(await deps.authenticator.fromRequest(request), ['admin'], 'operate');
  const domainDeps = {
    auth: authPlugin(deps.authenticator, (principal, request, scope) => {
      rates.admit(principal, deps.clock.monotonic());
      noteCaller(request, principal, scope);
    }),
    database: deps.database,
    log: deps.log,
    manager: deps.manager,
    publisher: deps.publisher,
    leases: deps.leases,
    streams: new FeedGateway(sse),
    clock: deps.clock,
    logger: deps.logger,
    processId: deps.processId,
    opened: deps.opened,
    delivery: deps.delivery,
    measures: new Measures(),
  };
  const domains = [
    ...shippedDomains.filter(({ name }) => deps.mounted.includes(name)),
    ...(deps.extraDomains ?? []),
  ];
  const frames = compileFrames(domains.flatMap((domain) => domain.frames?.(domainDeps) ?? []));
  const polls = domains.flatMap((domain) => domain.polls ?? []);
  const sockets = domains.flatMap((domain) => domain.sockets ?? []);
  const socketIo = domains.flatMap(({ socketIo: clients, unasked }) => [
    ...(clients ? [clients] : []),
    ...(unasked ? [{ autoSubscribe: unasked(domainDeps.database) }] : []),
  ]);
  const root = new Elysia({
    name: 'tambuli',
    // Elysia otherwise looks for the path behind the eleventh character of an address, and a host may have one.
    handler: { standardHostname: false },
    // Elysia's own way turns a text or a list into an object where a record is asked for, before it validates.
    normalize: 'typebox',
    serve: { maxRequestBodySize: bodyWallBytes },
    websocket: websocketOptions(deps.limits),
  });
  const app = root
    // The funnel of errors comes first: it counts for what is registered after it.
    .use(
      problems({
        logger: deps.logger,
        onRefusal: (code) => deps.manager.refused(code),
        methodsAt: allowedMethods(() => root.routes),
      }),
    )
    .use(parseableAddress((request) => root.handle(request)))
    .use(requestLog(deps))
    .use(browserAccess(deps.origins))
    .use(bodyLimit())
    // The sockets have no bodies to be read, and frames ignore what they do not know: a newer client is no error.
    .use(websocketGateway({ ...deps, frames }, sockets))
    .use(socketIoGateway({ ...deps, frames }, socketIo))
    .use(requestBody())
    .use(strictRequests(deps.authenticator))
    .use(listLinks())
    .use(documents({ ...deps, frames, sockets, checkOperator, routes: () => root.routes }))
    .use(health(deps))
    .use(metricsRoute({ auth: domainDeps.auth, metrics: deps.metrics }))
    .use(statsRoute({ auth: domainDeps.auth, manager: deps.manager }))
    .use(sseGateway({ gateway: sse, auth: domainDeps.auth }))
    .use(pollingGateway({ ...deps, auth: domainDeps.auth, addresses: polls }))
    .use(publishingGateway({ ...deps, auth: domainDeps.auth, rates }))
    .use(domainRoutes(domainDeps, deps.mounted));
  for (const domain of deps.extraDomains ?? []) {
    if (domain.routes) app.use(domain.routes(domainDeps));
  }
  return app;
}

/** For Eden: `treaty<App>(address)` calls every route with its types. */
export type App = ReturnType<typeof createApp>;

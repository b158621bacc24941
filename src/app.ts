import { cors } from '@elysiajs/cors';
import { type ElysiaOpenAPIConfig, openapi } from '@elysiajs/openapi';
import { Elysia } from 'elysia';
import type { Authenticator } from './auth/authenticator.ts';
import { authPlugin } from './auth/plugin.ts';
import type { PostgresEventLog } from './db/event-log.ts';
import type { Database } from './db/open.ts';
import type { Domain } from './domains/domain.ts';
import { domainRoutes } from './domains.ts';
import { bodyLimit, bodyWallBytes } from './gateways/http/body-limit.ts';
import { CallerRates } from './gateways/http/caller-rates.ts';
import { health } from './gateways/http/health.ts';
import { type Metrics, metricsRoute } from './gateways/http/metrics.ts';
import { problems } from './gateways/http/problem.ts';
import { requestLog } from './gateways/http/request-log.ts';
import { pollingGateway } from './gateways/polling/index.ts';
import { sseGateway } from './gateways/sse/index.ts';
import { websocketGateway, websocketOptions } from './gateways/websocket/index.ts';
import type { Clock } from './lib/clock.ts';
import type { Logger } from './logger.ts';
import type { Limits } from './realtime/limits.ts';
import type { RealtimeManager } from './realtime/manager.ts';

export interface AppDeps {
  readonly manager: RealtimeManager;
  readonly metrics: Metrics;
  readonly database: Database;
  readonly log: PostgresEventLog;
  readonly authenticator: Authenticator;
  /** Names of shipped domains to mount. */
  readonly mounted: readonly string[];
  /** Domains from elsewhere. */
  readonly extraDomains?: readonly Domain[];
  readonly corsOrigins: readonly string[];
  readonly limits: Limits;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly createId: () => string;
  readonly isDraining: () => boolean;
  readonly checkReady: () => Promise<void>;
}

/** All routes, without listening: tests call `app.handle`, `startService` listens. */
export function createApp(deps: AppDeps) {
  const domainDeps = {
    auth: authPlugin(deps.authenticator),
    database: deps.database,
    log: deps.log,
    manager: deps.manager,
  };
  const rates = new CallerRates(deps.limits.requestsPerMinute);
  const app = new Elysia({
    name: 'tambuli',
    // Elysia's own way turns a text or a list into an object where a record is asked for, before it validates.
    normalize: 'typebox',
    serve: { maxRequestBodySize: bodyWallBytes },
    websocket: websocketOptions(deps.limits),
  })
    // The funnel of errors comes first: it counts for what is registered after it.
    .use(problems(deps.logger))
    .use(requestLog(deps))
    .use(browserAccess(deps.corsOrigins))
    .use(bodyLimit())
    .use(openapi({ path: '/openapi', documentation: openApiInfo }))
    .use(health(deps))
    .use(metricsRoute({ auth: domainDeps.auth, metrics: deps.metrics }))
    .use(websocketGateway(deps))
    .use(sseGateway({ ...deps, auth: domainDeps.auth, rates }))
    .use(pollingGateway({ ...deps, auth: domainDeps.auth, rates }))
    .use(domainRoutes(domainDeps, deps.mounted));
  for (const domain of deps.extraDomains ?? []) {
    if (domain.routes) app.use(domain.routes(domainDeps));
  }
  return app;
}

/** For Eden: `treaty<App>(address)` calls every route with its types. */
export type App = ReturnType<typeof createApp>;

/** Browsers of other origins may call only when they are listed. */
function browserAccess(origins: readonly string[]) {
  const plugin = new Elysia({ name: 'browser-access' });
  if (origins.length === 0) return plugin;
  return plugin.use(
    cors({ origin: [...origins], exposeHeaders: ['x-request-id', 'retry-after', 'etag', 'link'] }),
  );
}

const openApiInfo = {
  info: {
    title: 'Tambuli',
    version: '0.1.0',
    description: 'Realtime backend for applications whose truth lives in Postgres.',
  },
  components: {
    securitySchemes: {
      token: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
      serviceKey: { type: 'apiKey', in: 'header', name: 'x-api-key' },
    },
  },
  security: [{ token: [] }, { serviceKey: [] }],
} satisfies ElysiaOpenAPIConfig['documentation'];

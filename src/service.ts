import { createApp } from './app.ts';
import { createAuthenticator } from './auth/authenticator.ts';
import type { Config, Secrets } from './config/config.ts';
import { shippedDomains } from './domains.ts';
import { openEngine } from './engine.ts';
import { AppError } from './errors.ts';
import type { Domain } from './extension/domain.ts';
import { Metrics } from './gateways/operations/metrics.ts';
import { systemClock as clock } from './lib/clock.ts';
import type { Logger } from './logger.ts';
import { drainSessions } from './realtime/drain.ts';
import type { RealtimeManager } from './realtime/manager.ts';
import { openStorage } from './storage.ts';

export interface ServiceOptions {
  readonly config: Config;
  readonly secrets: Secrets;
  readonly logger: Logger;
  /** Domains from outside this repository, beside those that `config.domains` names. */
  readonly extraDomains?: readonly Domain[];
}

export interface Service extends AsyncDisposable {
  /** `http://host:port`, with the port that was really taken. */
  readonly url: string;
  /** Refuses new work, closes every session in waves, ends. Resolves within the drain timeout and a little. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** Opens the database, brings its tables up to date in development, and listens. Whatever fails closes what was opened. */
export async function startService(options: ServiceOptions): Promise<Service> {
  const { config, secrets, logger, extraDomains = [] } = options;
  await using opened = new AsyncDisposableStack();
  const storage = await openStorage(options, opened);
  const { database } = storage;
  const shipped = shippedDomains.filter(({ name }) => config.domains.includes(name));
  const namespaces = [...shipped, ...extraDomains].flatMap((domain) => domain.channels(database));
  const createId = () => Bun.randomUUIDv7();
  const metrics = opened.use(new Metrics(clock));
  const engine = await openEngine(
    { config, secrets, storage, namespaces, metrics, clock, logger, createId },
    opened,
  );
  let draining = false;
  const app = createApp({
    ...engine,
    database,
    metrics,
    authenticator: createAuthenticator({
      auth: config.auth,
      secrets,
      clock,
      checkRevocation: (principal) => engine.manager.control.check(principal),
    }),
    mounted: config.domains,
    extraDomains,
    origins: config.origins,
    apiDocs: config.apiDocs,
    limits: config.limits,
    opened,
    delivery: {
      listenUrl: storage.directUrl,
      driver: config.database.driver,
      allowPrivate: config.privateReceivers,
      ...(secrets.webhook && { webhook: secrets.webhook }),
      ...(secrets.vapid && { vapid: secrets.vapid }),
    },
    clock,
    logger: logger.child({ name: 'http' }),
    createId,
    isDraining: () => draining,
    async checkReady() {
      if (draining) throw new AppError('shutting_down', 'This process is being replaced.');
      await storage.schema.checkReady(database.query);
      await engine.manager.checkReady();
    },
  });
  // Without reusePort false, a second process on the same port would quietly take half of the connections.
  app.listen({ port: config.port, hostname: config.host, reusePort: config.reusePort });
  const { server } = app;
  if (!server) throw new Error('The server did not start.');
  // The last to open is the first to close: requests and sessions go before what they work with.
  opened.defer(async () => {
    draining = true;
    await stopServing(server, engine.manager, config.drainTimeoutMs);
  });
  const closing = opened.move();
  return {
    url: `http://${urlHost(config.host)}:${server.port}`,
    [Symbol.asyncDispose]: () => closing.disposeAsync(),
  };
}

/** Refuses connections, closes the sessions, and lets requests finish as long as `limitMs` allows. */
async function stopServing(
  server: { stop(now: boolean): Promise<void> },
  manager: RealtimeManager,
  limitMs: number,
): Promise<void> {
  const deadline = clock.monotonic() + limitMs;
  // Settles when the last request is answered and the last socket gone, so the sockets are closed meanwhile.
  const idle = server.stop(false);
  await drainSessions(manager, clock, limitMs);
  const { promise: timeUp, resolve } = Promise.withResolvers<void>();
  using _timer = clock.after(Math.max(0, deadline - clock.monotonic()), resolve);
  await Promise.race([idle, timeUp]);
  await server.stop(true);
}

function urlHost(host: string): string {
  if (host === '0.0.0.0' || host === '::') return 'localhost';
  return host.includes(':') ? `[${host}]` : host;
}

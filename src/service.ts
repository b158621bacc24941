import { createApp } from './app.ts';
import { createAuthenticator } from './auth/authenticator.ts';
import { openBroker } from './brokers/open.ts';
import type { Config, Secrets } from './config.ts';
import { PostgresEventLog } from './db/event-log.ts';
import { canListen } from './db/listener.ts';
import { startOutboxRelay } from './db/outbox-relay.ts';
import type { Domain } from './domains/domain.ts';
import { shippedDomains } from './domains.ts';
import { AppError } from './errors.ts';
import { Metrics } from './gateways/http/metrics.ts';
import { systemClock } from './lib/clock.ts';
import type { Logger } from './logger.ts';
import { drainSessions } from './realtime/drain.ts';
import { RealtimeManager } from './realtime/manager.ts';
import { pruneLog } from './realtime/pruner.ts';
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

/** Between two looks for what is over its retention. Milliseconds. */
const pruneMs = 60_000;

/** Opens the database, brings its tables up to date in development, and listens. Whatever fails closes what was opened. */
export async function startService(options: ServiceOptions): Promise<Service> {
  const { config, secrets, logger } = options;
  await using opened = new AsyncDisposableStack();
  const { database, directUrl } = await openStorage(options, opened);
  const domains = mountedDomains(options);
  const clock = systemClock;
  const createId = () => Bun.randomUUIDv7();
  const metrics = opened.use(new Metrics(clock));
  const log = new PostgresEventLog(database, {
    maxDataBytes: config.limits.publicationBytes,
    onFlush: (publications, ms) => metrics.appended(publications, ms),
  });
  const manager = new RealtimeManager({
    log,
    connectBroker: await openBroker({
      kind: config.broker,
      redisUrl: secrets.redisUrl,
      query: database.query,
      databaseUrl: directUrl,
      databaseDriver: config.database.driver,
      log: logger.child({ name: 'broker' }),
      clock,
      createId,
    }),
    namespaces: domains.flatMap((domain) => domain.channels(database)),
    limits: config.limits,
    clock,
    logger: logger.child({ name: 'realtime' }),
    telemetry: metrics,
    createId,
  });
  opened.use(manager);
  metrics.watch(manager);
  let draining = false;
  const app = createApp({
    manager,
    metrics,
    database,
    log,
    authenticator: createAuthenticator({ auth: config.auth, secrets, clock }),
    mounted: config.domains,
    extraDomains: options.extraDomains ?? [],
    corsOrigins: config.corsOrigins,
    limits: config.limits,
    clock,
    logger: logger.child({ name: 'http' }),
    createId,
    isDraining: () => draining,
    async checkReady() {
      if (draining) throw new AppError('shutting_down', 'This process is being replaced.');
      await manager.checkReady();
    },
  });
  // Without reusePort false, a second process on the same port would quietly take half of the connections.
  app.listen({ port: config.port, hostname: config.host, reusePort: config.reusePort });
  const { server } = app;
  if (!server) throw new Error('The server did not start.');
  opened.defer(async () => {
    draining = true;
    const deadline = clock.now() + config.drainTimeoutMs;
    // Settles when the last request is answered and the last socket gone, so the sockets are closed meanwhile.
    const idle = server.stop(false);
    await drainSessions(manager, clock, config.drainTimeoutMs);
    const { promise: timeUp, resolve } = Promise.withResolvers<void>();
    using _timer = clock.after(Math.max(0, deadline - clock.now()), resolve);
    await Promise.race([idle, timeUp]);
    await server.stop(true);
  });
  opened.use(
    startOutboxRelay({
      database,
      listenUrl: canListen(directUrl) ? directUrl : undefined,
      driver: config.database.driver,
      onAppended(publications) {
        metrics.relayed(publications.length);
        manager.announce(publications);
      },
      onLag: (lagMs) => metrics.relayLag(lagMs),
      clock,
      log: logger.child({ name: 'relay' }),
    }),
  );
  const retentions = manager.namespaces.retentions(config.retention);
  opened.use(clock.every(pruneMs, () => void pruneLog(log, retentions, logger)));
  opened.use(clock.every(config.headCheckMs, () => void manager.checkHeads()));
  opened.use(clock.every(sweepMs(config.limits.heartbeatMs), () => manager.sweep()));
  const closing = opened.move();
  return {
    url: `http://${urlHost(config.host)}:${server.port}`,
    [Symbol.asyncDispose]: () => closing.disposeAsync(),
  };
}

function mountedDomains({ config, extraDomains = [] }: ServiceOptions): readonly Domain[] {
  return [...shippedDomains.filter((domain) => config.domains.includes(domain.name)), ...extraDomains];
}

/** Often enough that a deadline is met within a tenth of a heartbeat. */
function sweepMs(heartbeatMs: number): number {
  return Math.min(1_000, Math.max(20, heartbeatMs / 10));
}

function urlHost(host: string): string {
  if (host === '0.0.0.0' || host === '::') return 'localhost';
  return host.includes(':') ? `[${host}]` : host;
}

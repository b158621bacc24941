import { type AppOf, mountApp } from './app.ts';
import { createAuthenticator } from './auth/authenticator.ts';
import { revocable } from './auth/revocable.ts';
import { parseConfig, readEnv } from './config/config.ts';
import type { Config, Secrets } from './config/settings.ts';
import { mountedDomains, shippedDomains } from './domains.ts';
import { openEngine } from './engine.ts';
import { AppError } from './errors.ts';
import { takenName } from './extension/delivery-method.ts';
import type { Domain, MergedChannels, MountedDomain } from './extension/domain.ts';
import type { Ports } from './extension/ports.ts';
import { fileStore } from './files/open.ts';
import { startFileSweep } from './files/sweep.ts';
import type { Demo } from './gateways/demo/demo-routes.ts';
import { Metrics } from './gateways/operations/metrics.ts';
import { type Clock, systemClock } from './lib/clock.ts';
import { componentLogger, createLogger, type Logger } from './logger.ts';
import { pageFiles, warnOfMissingPages } from './page-files.ts';
import type { TypedChannels } from './protocol/wire/channel-types.ts';
import { drainSessions } from './realtime/drain.ts';
import type { RealtimeManager } from './realtime/manager.ts';
import { openStorage } from './storage.ts';

export interface ServiceOptions<Domains extends readonly Domain[] = readonly Domain[]> {
  /** With `secrets`, as `parseConfig` returns them; without both, the environment of the process configures the server. */
  readonly config?: Config;
  readonly secrets?: Secrets;
  /** JSON lines on stdout when left out. */
  readonly logger?: Logger;
  /** Domains of the application, beside those of the package that `config.domains` names. */
  readonly domains?: Domains;
  /** Parts that the application brings itself. */
  readonly ports?: Ports;
  /** Ends this process as a crash does, where another one follows: the demo of insecure mode may call it, outside of production. */
  readonly crash?: (() => void) | undefined;
}

export interface Service<Domains extends readonly Domain[] = readonly Domain[]>
  extends AsyncDisposable,
    TypedChannels<MergedChannels<Domains[number]>> {
  /** The routes, for `app.handle(request)`; `typeof service.app` is the type `App` of Eden. */
  readonly app: AppOf<Domains>;
  /** `http://host:port`, with the port that was really taken. */
  readonly url: string;
  /** Refuses new work, closes every session in waves, ends. Resolves within the drain timeout and a little. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** Opens the database, brings its tables up to date in development, and listens. Whatever fails closes what was opened. */
export async function startService<const Domains extends readonly Domain[] = readonly []>(
  options: ServiceOptions<Domains>,
): Promise<Service<Domains>> {
  const { config, secrets, logger } = configured(options);
  const { ports = {} } = options;
  const { clock = systemClock } = ports;
  const domains = mountedDomains(config.domains, options.domains);
  await using opened = new AsyncDisposableStack();
  const taken = takenName((ports.deliveryMethods ?? []).map(({ name }) => name));
  if (taken !== undefined)
    throw new Error(`The name ${taken} of a delivery method is taken; choose another.`);
  const storage = await openStorage({ config, secrets, logger, domains }, opened);
  const { database } = storage;
  const namespaces = domains.flatMap((domain) => domain.channels(database));
  const createId = () => Bun.randomUUIDv7();
  const metrics = opened.use(new Metrics(clock));
  const engine = await openEngine(
    { config, secrets, storage, namespaces, metrics, clock, logger, createId, ports },
    opened,
  );
  const bundles = pageFiles(config);
  const store = ports.fileStore ?? fileStore(config.files, secrets.bucket, clock);
  if (store) {
    const sweep = { store, query: database.query, clock: engine.idleness.clock };
    opened.use(startFileSweep({ ...sweep, logger: componentLogger(logger, 'files') }));
  }
  await warnOfMissingPages(config, bundles, componentLogger(logger, 'pages'));
  const demo = demoOf(config, secrets, secrets.databaseUrl ?? storage.directUrl, options.crash);
  let draining = false;
  const { app, domains: mounted } = mountApp({
    ...engine,
    database,
    metrics,
    authenticator: revocable(
      ports.authenticator ??
        createAuthenticator({ auth: config.auth, secrets: { ...secrets, demoKey: demo?.key }, clock }),
      (principal) => engine.manager.control.check(principal),
    ),
    domains,
    origins: config.origins,
    apiDocs: config.apiDocs,
    demo,
    pages: {
      mode: config.pages,
      development: config.environment !== 'production',
      files: bundles,
    },
    files: { store, settings: config.files },
    limits: config.limits,
    delivery: {
      listenUrl: storage.directUrl,
      driver: config.database.driver,
      rest: engine.idleness,
      methods: ports.deliveryMethods ?? [],
      allowPrivate: config.privateReceivers,
      ...secrets.reach,
      ...(ports.smsProvider && { smsProvider: ports.smsProvider }),
    },
    clock,
    logger,
    createId,
    isDraining: () => draining,
    async checkReady() {
      if (draining) throw new AppError('shutting_down', 'This process is being replaced.');
      if (engine.idleness.isAsleep) return 'asleep';
      await storage.schema.checkReady(database.query);
      await engine.manager.checkReady();
      return 'ready';
    },
  });
  for (const domain of mounted) await startDomain(domain, opened);
  // Without reusePort false, a second process on the same port would quietly take half of the connections.
  app.listen({ port: config.port, hostname: config.host, reusePort: config.reusePort });
  const { server } = app;
  if (!server) throw new Error('The server did not start.');
  // The last to open is the first to close: requests and sessions go before what they work with.
  opened.defer(async () => {
    draining = true;
    await stopServing(server, engine.manager, clock, config.drainTimeoutMs);
  });
  const closing = opened.move();
  return {
    app: app as unknown as AppOf<Domains>,
    url: `http://${urlHost(config.host)}:${server.port}`,
    [Symbol.asyncDispose]: () => closing.disposeAsync(),
  };
}

/** The processes of one deployment have one key: that of their database. */
function demoOf(
  { environment, auth, pages }: Config,
  { jwtKeys }: Secrets,
  databaseUrl: string,
  crash: ServiceOptions['crash'],
): Demo | undefined {
  const isThere = environment !== 'production' && auth.mode === 'insecure' && pages === 'full';
  if (!isThere || jwtKeys.length > 0 || auth.jwksUrl !== undefined) return undefined;
  const secret = new Bun.CryptoHasher('sha256').update(`tambuli demo ${databaseUrl}`).digest('hex');
  return { key: { secret }, crash };
}

/** Rejects with an error that names the domain. */
async function startDomain(domain: MountedDomain, opened: AsyncDisposableStack): Promise<void> {
  try {
    await domain.start(opened);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`The domain "${domain.name}" did not start: ${reason}`, { cause: error });
  }
}

interface Configured {
  readonly config: Config;
  readonly secrets: Secrets;
  readonly logger: Logger;
}

/** The configuration that is given, or that of the environment. */
function configured({ config, secrets, logger }: ServiceOptions): Configured {
  if (config && secrets) return { config, secrets, logger: logger ?? createLogger(config.logLevel) };
  const parsed = parseConfig(
    readEnv(),
    shippedDomains.map(({ name }) => name),
  );
  const own = logger ?? createLogger(parsed.config.logLevel);
  for (const warning of parsed.warnings) own.warn(warning);
  return { config: parsed.config, secrets: parsed.secrets, logger: own };
}

/** Refuses connections, closes the sessions, and lets requests finish as long as `limitMs` allows. */
async function stopServing(
  server: { stop(now: boolean): Promise<void> },
  manager: RealtimeManager,
  clock: Clock,
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

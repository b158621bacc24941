import { commandLine, numberBetween, runCommandLine } from './commands/command-line.ts';
import { type Env, parseConfig, readEnv } from './config/config.ts';
import { shippedDomains } from './domains.ts';
import { createLogger } from './logger.ts';
import { type Service, startService } from './service.ts';
import { welcome } from './welcome.ts';

/** Beyond the drain timeout, what still holds on to the process is left behind. Milliseconds. */
const exitGraceMs = 3_000;

interface Given {
  readonly port?: number;
  readonly host?: string;
}

const command = commandLine('bun run start', 'Start the server, as the environment configures it')
  .option('--port <number>', 'port to listen on, instead of PORT', numberBetween(0, 65_535))
  .option('--host <address>', 'address to listen on, instead of HOST')
  .action(({ port, host }: Given) =>
    start({
      ...readEnv(),
      ...(port !== undefined && { PORT: String(port) }),
      ...(host !== undefined && { HOST: host }),
    }),
  );

/** Listens until a signal comes, then drains and ends the process. */
async function start(env: Env): Promise<void> {
  const { config, secrets, warnings } = parseConfig(
    env,
    shippedDomains.map((domain) => domain.name),
  );
  const { worker } = config;
  const logger = worker ? createLogger(config.logLevel).child({ worker }) : createLogger(config.logLevel);
  for (const warning of warnings) logger.warn(warning);

  process.on('unhandledRejection', (reason) => logger.error({ err: reason }, 'unhandled rejection'));
  process.on('uncaughtException', (error) => {
    logger.fatal({ err: error }, 'uncaught exception');
    process.exit(1);
  });

  let stopping = false;
  let service: Service | undefined;

  async function stop(signal: string): Promise<void> {
    if (stopping) return;
    stopping = true;
    logger.info({ signal }, 'draining');
    const limitMs = config.drainTimeoutMs + exitGraceMs;
    setTimeout(() => {
      logger.error({ limitMs }, 'did not drain in time');
      process.exit(1);
    }, limitMs).unref();
    await service?.[Symbol.asyncDispose]();
    logger.info('drained');
    process.exit(0);
  }
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void stop(signal));
  // Comes when whoever started this one as a worker is gone, however it went.
  process.on('disconnect', () => void stop('disconnect'));

  try {
    service = await startService({ config, secrets, logger });
    logger.info({ url: service.url, domains: config.domains, auth: config.auth.mode }, 'listening');
    process.send?.({ url: service.url });
    if (config.environment === 'development' && !worker) {
      process.stdout.write(welcome(service.url, config.auth.mode));
    }
  } catch (error) {
    logger.fatal({ err: error }, 'could not start');
    process.exit(1);
  }
}

await runCommandLine(command);

import { ConfigError, parseConfig, readEnv } from './config.ts';
import { shippedDomains } from './domains.ts';
import { createLogger } from './logger.ts';
import { type Service, startService } from './service.ts';
import { welcome } from './welcome.ts';

/** Beyond the drain timeout, what still holds on to the process is left behind. Milliseconds. */
const exitGraceMs = 3_000;

function readConfig() {
  try {
    return parseConfig(
      readEnv(),
      shippedDomains.map((domain) => domain.name),
    );
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(error.exitCode);
  }
}

const { config, secrets, warnings } = readConfig();
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

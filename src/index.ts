import './commands/runtime.js';
import type { Command } from 'commander';
import { commandLine, numberBetween, runCommandLine, withConfig } from './commands/command-line.ts';
import { readDeployment } from './commands/deployment/deployment.ts';
import { type Env, readEnv } from './config/config.ts';
import type { Config } from './config/settings.ts';
import { componentLogger, openLogger } from './logger.ts';
import { type Service, startService } from './service.ts';
import { exampleFor, welcome } from './welcome.ts';

/** Beyond the drain timeout, what still holds on to the process is left behind. Milliseconds. */
const exitGraceMs = 3_000;

interface Given {
  readonly port?: number;
  readonly host?: string;
  readonly config?: string;
}

export function startCommand(): Command {
  return withConfig(
    commandLine('start', 'Start the server, as the environment and the configuration file configure it')
      .option('--port <number>', 'port to listen on, instead of PORT', numberBetween(0, 65_535))
      .option('--host <address>', 'address to listen on, instead of HOST'),
  ).action(({ port, host, config }: Given) =>
    start({
      ...readEnv({ config }),
      ...(port !== undefined && { PORT: String(port) }),
      ...(host !== undefined && { HOST: host }),
    }),
  );
}

/** Listens until a signal comes, then drains and ends the process. */
async function start(env: Env): Promise<void> {
  const deployment = await readDeployment(env);
  const { config, warnings } = deployment;
  const { worker } = config;
  const root = await openLogger(config);
  const logger = worker ? root.child({ worker }) : root;
  const own = componentLogger(logger, 'process');
  for (const warning of warnings) own.warn(warning);

  process.on('unhandledRejection', (reason) => own.error({ err: reason }, 'unhandled rejection'));
  process.on('uncaughtException', (error) => {
    own.fatal({ err: error }, 'uncaught exception');
    process.exit(1);
  });

  let stopping = false;
  let service: Service | undefined;

  async function stop(signal: string): Promise<void> {
    if (stopping) return;
    stopping = true;
    own.info({ signal }, 'draining');
    const limitMs = config.drainTimeoutMs + exitGraceMs;
    setTimeout(() => {
      own.error({ limitMs }, 'did not drain in time');
      process.exit(1);
    }, limitMs).unref();
    await service?.[Symbol.asyncDispose]();
    own.info('drained');
    process.exit(0);
  }
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void stop(signal));
  // The event comes when the process that started this worker is gone, in whatever way.
  process.on('disconnect', () => void stop('disconnect'));

  try {
    // A worker of a cluster is followed by another one.
    const crash = worker ? () => process.kill(process.pid, 'SIGKILL') : undefined;
    service = await startService({ ...deployment, logger, crash });
    own.info({ url: service.url, domains: config.domains, auth: config.auth.mode }, 'listening');
    process.send?.({ url: service.url });
    if (config.environment === 'development' && !worker) {
      const patterns = Object.keys(deployment.file?.value.channels ?? {});
      const example = exampleFor(service.url, config.domains, patterns);
      process.stdout.write(welcome(service.url, config.auth.mode, example));
    }
  } catch (error) {
    const refusal = portRefusal(error, config);
    if (refusal) own.fatal(refusal);
    else own.fatal({ err: error }, 'server could not start; the process ends');
    process.exit(1);
  }
}

/** The sentence for a port that cannot be taken; undefined for any other failure. */
function portRefusal(error: unknown, { host, port }: Config): string | undefined {
  const { code } = error instanceof Error ? (error as Error & { code?: unknown }) : {};
  if (code === 'EADDRINUSE') {
    return `server could not start: port ${port} of ${host} is in use by another process; stop that process, or choose another port by PORT or --port`;
  }
  if (code === 'EACCES') {
    return `server could not start: this user may not listen on port ${port} of ${host}; choose a port above 1023 by PORT or --port`;
  }
  return undefined;
}

if (import.meta.main) await runCommandLine(startCommand());

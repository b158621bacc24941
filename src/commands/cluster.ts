import { availableParallelism } from 'node:os';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { type Env, readEnv } from '../config/config.ts';
import type { Config } from '../config/settings.ts';
import { componentLogger, type Logger, openLogger } from '../logger.ts';
import { openStorage } from '../storage.ts';
import { commandLine, numberBetween, UsageError, withConfig } from './command-line.ts';
import { readDeployment } from './deployment/deployment.ts';
import { Worker } from './workers/worker.ts';

/**
 * Several server processes on one machine. They share a port, over which Linux spreads the connections, or have one
 * each. The database is opened and migrated here, so that no worker's end takes it away.
 */
export function clusterCommand(): Command {
  return withConfig(commandLine('cluster', 'Run several server processes on this machine'))
    .addOption(
      new Option('--processes <number>', 'processes that share PORT; unset starts one for each core')
        .argParser(numberBetween(1, 1_000))
        .conflicts('ports'),
    )
    .option('--ports <port,port…>', 'one process for each of these ports', readPorts)
    .option('--no-restart', 'end with a process that fails, instead of starting another one')
    .action(async (given: Given) => {
      process.exitCode = await main(given, readEnv(given));
    });
}

interface Given {
  readonly processes?: number;
  readonly ports?: readonly number[];
  readonly restart: boolean;
  readonly config?: string;
}

/** Beyond a worker's own limit for its drain. Milliseconds. */
const killGraceMs = 5_000;

interface Options {
  /** One for each process. */
  readonly ports: readonly number[];
  readonly shared: boolean;
  readonly restart: boolean;
}

/** The exit code: 0 when all drained after a signal, else that of what failed. */
async function main(given: Given, env: Env): Promise<number> {
  const { config, secrets, mounted } = await readDeployment(env);
  const { ports, shared, restart } = readOptions(given, config);
  const logger = componentLogger(await openLogger(config), 'cluster');
  const workers: Worker[] = [];
  const stop = stopOnSignal(workers, logger);
  await using opened = new AsyncDisposableStack();
  const { directUrl } = await openStorage({ config, secrets, logger, domains: mounted }, opened);
  const databaseUrl = secrets.databaseUrl ?? directUrl;
  const port = shared ? claimPort(config.host, config.port) : undefined;
  for (const [index, own] of ports.entries()) {
    if (stop.aborted) break;
    const address = { PORT: String(port ?? own), REUSE_PORT: String(shared) };
    const share = Math.floor(config.limits.sendBuffersTotalBytes / ports.length);
    const buffers = Math.max(share, config.limits.sendBufferBytes);
    workers.push(
      new Worker({
        number: index + 1,
        env: {
          ...env,
          ...address,
          LIMIT_SEND_BUFFERS_TOTAL_BYTES: env['LIMIT_SEND_BUFFERS_TOTAL_BYTES']?.trim() || String(buffers),
          DATABASE_URL: databaseUrl,
        },
        restart,
        killAfterMs: config.drainTimeoutMs + killGraceMs,
        logger,
      }),
    );
  }
  void Promise.all(workers.map(({ listening }) => listening)).then(
    (urls) => logger.info({ processes: workers.length, urls: [...new Set(urls)] }, 'cluster listens'),
    (error: unknown) => {
      logger.fatal({ err: error }, 'cluster could not start; its processes end');
      for (const worker of workers) worker.stop();
    },
  );
  const codes = await Promise.all(workers.map(({ ended }) => ended));
  logger.info({ codes }, 'cluster ended');
  return codes.find((code) => code !== 0) ?? 0;
}

/** Stops the workers there are at a signal; no more may follow when it is aborted. */
function stopOnSignal(workers: readonly Worker[], logger: Logger): AbortSignal {
  const stop = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      logger.info({ signal }, 'draining');
      stop.abort();
      for (const worker of workers) worker.stop();
    });
  }
  return stop.signal;
}

function readOptions({ processes, ports, restart }: Given, config: Config): Options {
  if (ports) return { ports, shared: false, restart };
  const count = processes ?? availableParallelism();
  if (count > 1 && process.platform !== 'linux') {
    throw new UsageError('Only Linux spreads connections over processes: give each its port with --ports.');
  }
  if (count > 1 && config.broker === 'memory') {
    throw new UsageError('BROKER=memory is for one process: the others would hear of nothing in time.');
  }
  return { ports: Array(count).fill(config.port), shared: count > 1, restart };
}

function readPorts(text: string): readonly number[] {
  const ports = text.split(',').map(numberBetween(1, 65_535));
  if (new Set(ports).size < ports.length) throw new InvalidArgumentError('It names a port twice.');
  return ports;
}

/** The wanted port, or a free one for 0. Throws when anybody has it: another cluster would quietly share it. */
function claimPort(hostname: string, wanted: number): number {
  try {
    const socket = Bun.listen({ hostname, port: wanted, socket: { data: () => undefined } });
    const { port } = socket;
    socket.stop(true);
    return port;
  } catch (cause) {
    const { code } = cause as { code?: string };
    throw new Error(`Cannot listen on port ${wanted} of ${hostname}: ${code}.`, { cause });
  }
}

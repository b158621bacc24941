import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { type Config, ConfigError, type Env, parseConfig, readEnv } from '../config.ts';
import { shippedDomains } from '../domains.ts';
import { createLogger, type Logger } from '../logger.ts';
import { openStorage } from '../storage.ts';
import { UsageError } from './token.ts';
import { Worker } from './worker.ts';

/**
 * Several server processes on one machine: `bun run cluster`. They share a port, over which Linux spreads the
 * connections, or have one each. The database is opened and migrated here, so that no worker's end takes it away.
 */

const usage = 'Usage: bun run cluster [--processes <number> | --ports <port>,<port>…] [--no-restart]';
/** Beyond a worker's own limit for its drain. Milliseconds. */
const killGraceMs = 5_000;

interface Options {
  /** One for each process. */
  readonly ports: readonly number[];
  readonly shared: boolean;
  readonly restart: boolean;
}

/** The exit code: 0 when all drained after a signal, else that of what failed. */
async function main(args: readonly string[], env: Env): Promise<number> {
  const { config, secrets } = parseConfig(
    env,
    shippedDomains.map(({ name }) => name),
  );
  const { ports, shared, restart } = readOptions(args, config);
  const logger = createLogger(config.logLevel).child({ name: 'cluster' });
  const workers: Worker[] = [];
  const stop = stopOnSignal(workers, logger);
  await using opened = new AsyncDisposableStack();
  const { directUrl } = await openStorage({ config, secrets, logger }, opened);
  const databaseUrl = secrets.databaseUrl ?? directUrl;
  const port = shared ? claimPort(config.host, config.port) : undefined;
  for (const [index, own] of ports.entries()) {
    if (stop.aborted) break;
    const address = { PORT: String(port ?? own), REUSE_PORT: String(shared) };
    workers.push(
      new Worker({
        number: index + 1,
        env: { ...env, ...address, DATABASE_URL: databaseUrl },
        restart,
        killAfterMs: config.drainTimeoutMs + killGraceMs,
        logger,
      }),
    );
  }
  void Promise.all(workers.map(({ listening }) => listening)).then(
    (urls) => logger.info({ processes: workers.length, urls: [...new Set(urls)] }, 'cluster listens'),
    (error: unknown) => {
      logger.fatal({ err: error }, 'could not start');
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

function readOptions(args: readonly string[], config: Config): Options {
  const { processes, ports, restart } = parseOptions(args);
  if (ports !== undefined) {
    const numbers = ports.split(',').map(Number);
    if (processes !== undefined || !numbers.every(isPort) || new Set(numbers).size < numbers.length) {
      throw new UsageError(`--ports takes different ports, and goes without --processes.\n${usage}`);
    }
    return { ports: numbers, shared: false, restart: restart ?? true };
  }
  const count = processes === undefined ? availableParallelism() : Number(processes);
  if (!Number.isInteger(count) || count < 1 || count > 1_000) {
    throw new UsageError(`--processes takes a number from 1 to 1000.\n${usage}`);
  }
  if (count > 1 && process.platform !== 'linux') {
    throw new UsageError(`Only Linux spreads connections over processes: give each its port.\n${usage}`);
  }
  if (count > 1 && config.broker === 'memory') {
    throw new UsageError('BROKER=memory is for one process: the others would hear of nothing in time.');
  }
  return { ports: Array(count).fill(config.port), shared: count > 1, restart: restart ?? true };
}

function parseOptions(args: readonly string[]) {
  try {
    const options = {
      processes: { type: 'string' },
      ports: { type: 'string' },
      restart: { type: 'boolean' },
    } as const;
    return parseArgs({ args: [...args], options, allowNegative: true }).values;
  } catch (cause) {
    throw new UsageError(`${cause instanceof Error ? cause.message : cause}\n${usage}`, { cause });
  }
}

const isPort = (port: number) => Number.isInteger(port) && port > 0 && port < 65_536;

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

try {
  process.exitCode = await main(process.argv.slice(2), readEnv());
} catch (error) {
  if (!(error instanceof Error)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = error instanceof UsageError || error instanceof ConfigError ? error.exitCode : 1;
}

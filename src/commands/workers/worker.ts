import { join } from 'node:path';
import type { Env } from '../../config/config.ts';
import type { Logger } from '../../logger.ts';

export interface WorkerOptions {
  /** From 1; it stands in the worker's logs. */
  readonly number: number;
  /** The whole environment of the process. */
  readonly env: Env;
  /** True where a process that ends by itself after it has listened is started again. */
  readonly restart: boolean;
  /** From SIGTERM to SIGKILL, in milliseconds. */
  readonly killAfterMs: number;
  readonly logger: Logger;
}

const entry = join(import.meta.dir, '../../index.ts');
const endedBySigterm = 143;
const firstPauseMs = 250;
const longestPauseMs = 30_000;
/** One that worked for so long begins again with the shortest pause. */
const soundMs = 60_000;

/** One server process of a cluster, replaced when it dies. */
export class Worker {
  /** The address, once it listens for the first time; rejects when it ends before that. */
  readonly listening: Promise<string>;
  /** Exit code of the last process, when no other will follow. */
  readonly ended: Promise<number>;
  readonly #options: WorkerOptions;
  readonly #first = Promise.withResolvers<string>();
  readonly #stopping = Promise.withResolvers<void>();
  #stopped = false;
  #listened = false;
  #child: Bun.Subprocess | undefined;

  constructor(options: WorkerOptions) {
    this.#options = options;
    this.listening = this.#first.promise;
    // A caller that waits for the end alone must not be ended by a start that failed.
    this.listening.catch(() => undefined);
    this.ended = this.#supervise();
  }

  /** Lets it drain, and starts no other. */
  stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#stopping.resolve();
    this.#child?.kill('SIGTERM');
    const { killAfterMs, logger, number } = this.#options;
    setTimeout(() => {
      logger.error({ worker: number, killAfterMs }, 'worker did not end in time; it is killed');
      this.#child?.kill('SIGKILL');
    }, killAfterMs).unref();
  }

  async #supervise(): Promise<number> {
    const { logger, number, restart } = this.#options;
    let pauseMs = firstPauseMs;
    for (;;) {
      const startedAt = performance.now();
      const code = await this.#run();
      // Told to go before it could listen to signals: there was nothing to drain.
      if (this.#stopped) return code === endedBySigterm ? 0 : code;
      this.#first.reject(new Error(`Worker ${number} ended with ${code} before it listened.`));
      if (!restart || !this.#listened) {
        logger.error({ worker: number, code }, 'worker ended; no other one follows');
        return code;
      }
      if (performance.now() - startedAt > soundMs) pauseMs = firstPauseMs;
      logger.error({ worker: number, code, pauseMs }, 'worker ended; another one follows');
      await Promise.race([Bun.sleep(pauseMs), this.#stopping.promise]);
      if (this.#stopped) return 0;
      pauseMs = Math.min(longestPauseMs, 2 * pauseMs);
    }
  }

  /** The exit code of one process; 128 and more when a signal ended it. */
  async #run(): Promise<number> {
    const { env, logger, number } = this.#options;
    const child = Bun.spawn([process.execPath, '--no-env-file', entry], {
      env: { ...env, WORKER: String(number) },
      stdio: ['ignore', 'inherit', 'inherit'],
      ipc: (message: { url: string }) => {
        this.#listened = true;
        this.#first.resolve(message.url);
        logger.info({ worker: number, url: message.url }, 'worker listens');
      },
    });
    this.#child = child;
    logger.info({ worker: number, pid: child.pid }, 'worker started');
    return child.exited;
  }
}

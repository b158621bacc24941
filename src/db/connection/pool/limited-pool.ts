import type { Logger } from '../../../logger.ts';
import type { ConnectionOptions, Driver, Pool, PooledClient } from '../driver.ts';
import { sqlState } from '../errors.ts';
import { startupSettings } from '../session-settings.ts';
import { type StatementLimits, startupLimits } from '../statement-limits.ts';

export type PoolOptions = Parameters<Driver['pool']>[0];

/** The time for which a resting pool keeps a connection. Milliseconds; 0 would mean for ever. */
const restingMs = 10;

/** Called with every new connection before it is lent for the first time; what it rejects with, the borrower gets. */
export type OnConnect = (client: PooledClient) => Promise<void>;

/**
 * A pool whose connections carry the server-side limits and the settings that texts depend on as startup parameters. A
 * pooler that refuses such parameters is connected to without them: there both are set inside a transaction, and a
 * single statement is ended by the cancel request alone.
 */
export class LimitedPool implements Pool {
  readonly #driver: Driver;
  readonly #options: PoolOptions;
  readonly #log: Logger;
  readonly #onError: (error: Error) => void;
  /** Clients that were lent before. */
  readonly #known = new WeakSet<PooledClient>();
  readonly #onConnect: OnConnect;
  /** The options with which the server or its pooler accepts connections. */
  #present: ConnectionOptions & PoolOptions;
  #pool: Pool;

  constructor(
    driver: Driver,
    options: PoolOptions,
    limits: StatementLimits,
    log: Logger,
    onConnect: OnConnect = () => Promise.resolve(),
  ) {
    this.#driver = driver;
    this.#onConnect = onConnect;
    this.#options = options;
    this.#log = log;
    // Without a listener the loss of an idle connection ends the process.
    this.#onError = (error) =>
      log.warn(
        { reason: error.message },
        'an idle database connection was lost; the next query opens another',
      );
    this.#present = { ...options, ...startupLimits(limits), ...startupSettings };
    this.#pool = this.#open(this.#present);
  }

  async connect(): Promise<PooledClient> {
    const client = await this.#take();
    if (this.#known.has(client)) return client;
    this.#known.add(client);
    try {
      await this.#onConnect(client);
    } catch (error) {
      client.release(error instanceof Error ? error : new Error('connection lost'));
      throw error;
    }
    return client;
  }

  /**
   * Closes the connections that nobody uses, and as long as it rests each one after its use; its next borrower opens
   * another.
   */
  rest(isResting: boolean): void {
    const before = this.#pool;
    const { idleTimeoutMillis } = this.#options;
    this.#pool = this.#open({
      ...this.#present,
      idleTimeoutMillis: isResting ? restingMs : idleTimeoutMillis,
    });
    void before.end();
  }

  end(): Promise<void> {
    return this.#pool.end();
  }

  async #take(): Promise<PooledClient> {
    const pool = this.#pool;
    try {
      return await pool.connect();
    } catch (error) {
      if (!refusesParameters(error)) throw error;
      if (pool === this.#pool) {
        this.#log.info('a pooler refuses settings at connect: statements are limited by cancel requests');
        this.#present = this.#options;
        this.#pool = this.#open(this.#present);
        void pool.end();
      }
      return this.#pool.connect();
    }
  }

  #open(options: ConnectionOptions & PoolOptions): Pool {
    const pool = this.#driver.pool(options);
    pool.on('error', this.#onError);
    return pool;
  }
}

/** PgBouncer and the poolers made after it say `unsupported startup parameter` as a violation of the protocol. */
function refusesParameters(error: unknown): boolean {
  return sqlState(error) === '08P01' && /startup parameter/.test((error as Error).message);
}

import type { Logger } from '../logger.ts';
import { guardedDrizzle, type Query, withClient } from './connection.ts';
import { chooseDriver, type Driver, type DriverName, type Drizzle, loadDriver, type Pool } from './driver.ts';
import { sqlState } from './errors.ts';
import { canListen } from './listener.ts';
import { preparingQuery } from './prepared.ts';

export type { Drizzle, Query };

export interface OpenOptions {
  /** `postgres://user:password@host/database`; may name any host of the driver. */
  readonly url: string;
  readonly driver: DriverName | 'auto';
  readonly poolSize: number;
  /** Limit of one statement, also against a server that hangs. Milliseconds. */
  readonly queryTimeoutMs: number;
  /** Limit of getting a connection, waiting for a free one included. Milliseconds. */
  readonly connectTimeoutMs: number;
  readonly log: Logger;
}

/**
 * Connections to one database. Everything rejects with AppError `database_unavailable` when the server is lost or
 * silent for too long, with a QueryError when it refuses a statement. Recovers by itself.
 */
export interface Database extends AsyncDisposable {
  readonly driver: DriverName;
  readonly db: Drizzle;
  /** Raw SQL; answers the rows. */
  readonly query: Query;
  /**
   * Runs `work` in a transaction on one connection: committed when it resolves, rolled back when it rejects. It runs
   * again, up to four times, after a serialization failure or a deadlock, so it must do nothing but statements.
   */
  transaction<T>(work: (tx: Drizzle, query: Query) => Promise<T>, options?: TransactionOptions): Promise<T>;
}

export interface TransactionOptions {
  readonly isolation?: 'read committed' | 'repeatable read' | 'serializable';
}

/** Does not connect: the first statement does, so a process starts while its database is away. */
export async function openDatabase(options: OpenOptions): Promise<Database> {
  const driver = await loadDriver(chooseDriver(options.url, options.driver));
  const pool = driver.pool({
    connectionString: options.url,
    max: options.poolSize,
    // Below the five minutes after which Neon suspends a compute.
    idleTimeoutMillis: 60_000,
    connectionTimeoutMillis: options.connectTimeoutMs,
    query_timeout: options.queryTimeoutMs,
    keepAlive: true,
  });
  // Without a listener the loss of an idle connection ends the process.
  pool.on('error', (error) => options.log.warn({ reason: error.message }, 'idle database connection lost'));
  return {
    driver: driver.name,
    db: guardedDrizzle(driver, (config, values) => withClient(pool, (client) => client.send(config, values))),
    query: preparingQuery(pool, canListen(options.url), options.log),
    transaction: (work, { isolation = 'read committed' } = {}) =>
      retryConflicts(() => runTransaction(pool, driver, options.queryTimeoutMs, isolation, work)),
    [Symbol.asyncDispose]: () => endWithin(pool, options.connectTimeoutMs),
  };
}

function runTransaction<T>(
  pool: Pool,
  driver: Driver,
  limitMs: number,
  isolation: string,
  work: (tx: Drizzle, query: Query) => Promise<T>,
): Promise<T> {
  // The server's own limits end what a vanished client leaves behind, with its row locks; local settings pass poolers.
  const begin = `begin isolation level ${isolation}; set local statement_timeout = ${limitMs}; set local idle_in_transaction_session_timeout = ${3 * limitMs}`;
  return withClient(pool, async (client) => {
    await client.send({ text: begin });
    try {
      const result = await work(guardedDrizzle(driver, client.send), client.query);
      await client.send({ text: 'commit' });
      return result;
    } catch (error) {
      // A broken connection is closed, which rolls back by itself.
      if (!client.broken) await client.send({ text: 'rollback' });
      throw error;
    }
  });
}

const maxAttempts = 5;

async function retryConflicts<T>(attempt: () => Promise<T>): Promise<T> {
  for (let attempts = 1; ; attempts++) {
    try {
      return await attempt();
    } catch (error) {
      const state = sqlState(error);
      if (attempts === maxAttempts || (state !== '40001' && state !== '40P01')) throw error;
      await Bun.sleep(Math.random() * 10 * 2 ** attempts);
    }
  }
}

/** A pool ends when its last connection has come back; a statement on a hung server must not hold the process up. */
async function endWithin(pool: Pool, limitMs: number): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const limit = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, limitMs);
  });
  await Promise.race([pool.end(), limit]);
  clearTimeout(timer);
}

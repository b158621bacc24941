import type { Logger } from '../../logger.ts';
import { awaitCommit, committed } from '../after-commit.ts';
import { guardedDrizzle, type Lending, type Query, queryOn, sendOnce, withClient } from './connection.ts';
import { chooseDriver, type DriverName, type Drizzle, loadDriver, type Pool } from './driver.ts';
import { sqlState, withoutDoubt } from './errors.ts';
import { LimitedPool } from './pool/limited-pool.ts';
import { Loans } from './pool/loans.ts';
import { preparingQuery } from './prepared.ts';
import { localSettings } from './session-settings.ts';
import { localLimits, statementLimits } from './statement-limits.ts';

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
  /** Called on every new connection before anything else is sent on it. */
  readonly onConnect?: (query: Query) => Promise<void>;
  /** The error of a statement, with a reason that the statement itself does not know. */
  readonly explain?: (error: unknown) => unknown;
  readonly log: Logger;
}

/**
 * Connections to one database. Everything rejects with AppError `database_unavailable` when the server is lost or
 * silent for too long, `database_full` or `database_read_only` when it takes no writes, and with a QueryError when it
 * refuses a statement. Nothing was written then, unless the error is `uncertain`: the server had the statement or the
 * commit and was lost before it answered. Recovers by itself.
 */
export interface Database extends AsyncDisposable {
  readonly driver: DriverName;
  readonly db: Drizzle;
  /** Raw SQL; returns the rows. */
  readonly query: Query;
  /**
   * Runs `work` in a transaction on one connection: committed when it resolves, rolled back when it rejects. It runs
   * again, up to four times, after a serialization failure or a deadlock, so it must do nothing but statements.
   */
  transaction<T>(work: (tx: Drizzle, query: Query) => Promise<T>, options?: TransactionOptions): Promise<T>;
  /** Whether to hold no connection between two statements, so that the database may suspend. */
  rest(isResting: boolean): void;
}

export interface TransactionOptions {
  readonly isolation?: 'read committed' | 'repeatable read' | 'serializable';
  /** Keeps the triggers of `bun run db:triggers` from publishing what the transaction changes. */
  readonly triggers?: 'silent';
}

/** Does not connect: the first statement does, so a process starts while its database is away. */
export async function openDatabase(options: OpenOptions): Promise<Database> {
  const driver = await loadDriver(chooseDriver(options.url, options.driver));
  const limits = statementLimits(options.queryTimeoutMs);
  const poolOptions = {
    connectionString: options.url,
    max: options.poolSize,
    // Below the five minutes after which Neon suspends a compute.
    idleTimeoutMillis: 60_000,
    connectionTimeoutMillis: options.connectTimeoutMs,
    query_timeout: limits.giveUpMs,
    keepAlive: true,
  };
  const { onConnect, explain = (error: unknown) => error, log } = options;
  const pool = new LimitedPool(
    driver,
    poolOptions,
    limits,
    log,
    onConnect && ((client) => onConnect(queryOn(client))),
  );
  const loans = new Loans(pool);
  const lending: Lending = { loans, driver, url: options.url, cancelMs: limits.cancelMs, explain };
  // Local settings pass poolers.
  const begin = ({ isolation = 'read committed', triggers }: TransactionOptions) =>
    `begin isolation level ${isolation}; ${localLimits(limits)}; ${localSettings}${triggers ? '; set local tambuli.publishing = off' : ''}`;
  return {
    driver: driver.name,
    db: guardedDrizzle(driver, (config, values) => sendOnce(lending, config, values)),
    query: preparingQuery(lending, options.log),
    transaction: (work, options = {}) => retryConflicts(() => runTransaction(lending, begin(options), work)),
    rest(isResting) {
      loans.returnKept();
      pool.rest(isResting);
    },
    [Symbol.asyncDispose]() {
      loans.returnKept();
      return endWithin(pool, options.connectTimeoutMs);
    },
  };
}

/** Until the commit is sent, whatever fails leaves nothing behind. */
function runTransaction<T>(
  lending: Lending,
  begin: string,
  work: (tx: Drizzle, query: Query) => Promise<T>,
): Promise<T> {
  return withClient(lending, async (client) => {
    let result: T;
    const tx = guardedDrizzle(lending.driver, client.send);
    awaitCommit(tx);
    try {
      await client.send({ text: begin });
      result = await work(tx, client.query);
    } catch (error) {
      // A broken connection is closed, which rolls back by itself.
      if (!client.broken) await client.send({ text: 'rollback' });
      throw withoutDoubt(error);
    }
    await client.send({ text: 'commit' });
    committed(tx);
    return result;
  });
}

const maxAttempts = 5;

/** Runs it again, up to four times, after a serialization failure or a deadlock. */
export async function retryConflicts<T>(attempt: () => Promise<T>): Promise<T> {
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

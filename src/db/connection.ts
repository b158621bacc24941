import { DrizzleQueryError } from 'drizzle-orm/errors';
import type { Driver, Drizzle, Pool, PooledClient, QueryConfig, QueryResult } from './driver.ts';
import { breaksConnection, databaseError, sqlState } from './errors.ts';

/**
 * Raw SQL with `$1` parameters on some connection; answers the rows. `'prepared'` is for the few statements that run
 * all the time: planned once per connection, where connections are sessions.
 */
export type Query = <Row extends object = Record<string, unknown>>(
  text: string,
  values?: readonly unknown[],
  how?: 'prepared',
) => Promise<Row[]>;

/** A connection taken from the pool, its errors translated. */
export interface Connection {
  readonly send: (config: QueryConfig, values?: readonly unknown[]) => Promise<QueryResult>;
  readonly query: Query;
  /** True after an error that leaves the state of the protocol unknown. */
  readonly broken: boolean;
}

/**
 * Lends a connection for the time of `work`. One that failed, timed out or was cut is closed, never given back: a
 * driver whose query timed out still waits for its answer and would hand it to the next query.
 */
export async function withClient<T>(pool: Pool, work: (connection: Connection) => Promise<T>): Promise<T> {
  const client = await acquire(pool);
  let failure: Error | undefined;
  const onError = (error: Error) => {
    failure ??= error instanceof Error ? error : new Error('connection lost');
  };
  // A client that is lent out has no listener of the pool's, and an unheard error event ends the process.
  client.on('error', onError);
  const send = async (config: QueryConfig, values?: readonly unknown[]) => {
    try {
      return await client.query(config, values);
    } catch (thrown) {
      const cut = failure !== undefined;
      if (breaksConnection(thrown)) onError(thrown as Error);
      throw databaseError(thrown, cut);
    }
  };
  const query = async (text: string, values?: readonly unknown[]) => (await send({ text, values })).rows;
  try {
    return await work({
      send,
      query: query as Query,
      get broken() {
        return failure !== undefined;
      },
    });
  } finally {
    client.release(failure);
    // The pool has put its own listener back by now.
    client.off('error', onError);
  }
}

/** A query builder whose errors are ours: drizzle wraps them in one whose message prints every value. */
export function guardedDrizzle(driver: Driver, send: Connection['send']): Drizzle {
  const db = driver.drizzle({ query: send });
  const session = db._.session;
  const prepareQuery = session.prepareQuery.bind(session);
  session.prepareQuery = (...parameters) => {
    const prepared = prepareQuery(...parameters);
    const execute = prepared.execute.bind(prepared);
    prepared.execute = async (placeholderValues) => {
      try {
        return await execute(placeholderValues);
      } catch (thrown) {
        throw thrown instanceof DrizzleQueryError ? thrown.cause : thrown;
      }
    };
    return prepared;
  };
  return db;
}

async function acquire(pool: Pool): Promise<PooledClient> {
  try {
    return await pool.connect();
  } catch (thrown) {
    // A wrong password, role or database name is a fault of the configuration: trying again does not help.
    throw databaseError(thrown, !/^(28|3D)/.test(sqlState(thrown) ?? ''));
  }
}

import { DrizzleQueryError } from 'drizzle-orm/errors';
import { arrayLiteral } from '../array-literal.ts';
import { connectError } from './connect-error.ts';
import type { Driver, Drizzle, Pool, PooledClient, Queryable, QueryConfig, QueryResult } from './driver.ts';
import { breaksConnection, databaseError } from './errors.ts';

/**
 * Raw SQL with `$1` parameters on some connection; returns the rows. `'prepared'` is for the few statements that run
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

/** Raw SQL on a driver's client that nobody else uses now. */
export function queryOn(client: Queryable): Query {
  const query = async (text: string, values?: readonly unknown[]) => {
    try {
      return (await client.query({ text }, values)).rows;
    } catch (thrown) {
      throw databaseError(thrown, false);
    }
  };
  return query as Query;
}

/** The source of connections, and the way by which a statement that takes too long is ended. */
export interface Lending {
  readonly pool: Pool;
  readonly driver: Driver;
  /** The address, for errors. */
  readonly url: string;
  readonly cancelMs: number;
  /** The error of a statement as callers see it. */
  readonly explain: (error: unknown) => unknown;
}

/**
 * Lends a connection for the time of `work`. One that failed, timed out or was cut is closed, never given back: a
 * driver whose query timed out still waits for its answer and would hand it to the next query. A statement that takes
 * too long is cancelled on the server before its caller is told, so that nothing runs on that nobody waits for.
 */
export async function withClient<T>(
  lending: Lending,
  work: (connection: Connection) => Promise<T>,
): Promise<T> {
  const { driver, cancelMs, explain } = lending;
  const client = await acquire(lending);
  let failure: Error | undefined;
  const onError = (error: Error) => {
    failure ??= error instanceof Error ? error : new Error('connection lost');
  };
  // A client that is lent out has no listener of the pool's, and an unheard error event ends the process.
  client.on('error', onError);
  const send = async (config: QueryConfig, values?: readonly unknown[]) => {
    const sent = failure === undefined;
    const timer = setTimeout(() => driver.cancel(client), cancelMs);
    try {
      return await client.query(config, values?.map(arrayLiteral));
    } catch (thrown) {
      const cut = failure !== undefined;
      if (breaksConnection(thrown)) onError(thrown as Error);
      throw explain(databaseError(thrown, cut, sent));
    } finally {
      clearTimeout(timer);
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

async function acquire({ pool, url }: Lending): Promise<PooledClient> {
  try {
    return await pool.connect();
  } catch (thrown) {
    throw connectError(thrown, url);
  }
}

import { DrizzleQueryError } from 'drizzle-orm/errors';
import { arrayLiteral } from '../array-literal.ts';
import { connectError } from './connect-error.ts';
import type { Driver, Drizzle, Queryable, QueryConfig, QueryResult } from './driver.ts';
import { breaksConnection, databaseError } from './errors.ts';
import type { Loan, Loans } from './pool/loans.ts';
import { executeNamed, type NamedConfig } from './prepared-execution.ts';

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
  readonly loans: Loans;
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
  const loan = lending.loans.take() ?? (await borrow(lending));
  const send = (config: QueryConfig, values?: readonly unknown[]) => sendOn(lending, loan, config, values);
  const query = async (text: string, values?: readonly unknown[]) => (await send({ text, values })).rows;
  try {
    return await work({
      send,
      query: query as Query,
      get broken() {
        return loan.failure !== undefined;
      },
    });
  } finally {
    lending.loans.giveBack(loan);
  }
}

/** Runs one statement on some connection. */
export async function sendOnce(
  lending: Lending,
  config: QueryConfig,
  values?: readonly unknown[],
): Promise<QueryResult> {
  const loan = lending.loans.take() ?? (await borrow(lending));
  try {
    return await sendOn(lending, loan, config, values);
  } finally {
    lending.loans.giveBack(loan);
  }
}

const isNamed = (config: QueryConfig): config is NamedConfig => config.name !== undefined;

async function sendOn(
  { driver, cancelMs, explain }: Lending,
  loan: Loan,
  config: QueryConfig,
  values?: readonly unknown[],
): Promise<QueryResult> {
  const { client } = loan;
  const sent = loan.failure === undefined;
  const timer = setTimeout(() => driver.cancel(client), cancelMs);
  try {
    const texts = values?.map(arrayLiteral);
    return await (isNamed(config) && texts
      ? executeNamed(client, config, texts)
      : client.query(config, texts));
  } catch (thrown) {
    const cut = loan.failure !== undefined;
    if (breaksConnection(thrown)) loan.fail(thrown);
    throw explain(databaseError(thrown, cut, sent));
  } finally {
    clearTimeout(timer);
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

async function borrow({ loans, url }: Lending): Promise<Loan> {
  try {
    return await loans.borrow();
  } catch (thrown) {
    throw connectError(thrown, url);
  }
}

import { guardedDrizzle, type Query } from '../../../src/db/connection/connection.ts';
import { loadDriver, type QueryConfig } from '../../../src/db/connection/driver.ts';
import type { Database } from '../../../src/db/connection/open.ts';

/** A node of a plan, as EXPLAIN (ANALYZE, FORMAT JSON) has it. */
interface Plan {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Index Name'?: string;
  readonly 'Actual Rows': number;
  readonly 'Actual Loops': number;
  readonly 'Rows Removed by Filter'?: number;
  readonly 'Rows Removed by Index Recheck'?: number;
  readonly 'Rows Removed by Join Filter'?: number;
  readonly Plans?: readonly Plan[];
}

/** The reads of a statement from a table. */
export interface Reading {
  readonly statement: string;
  readonly table: string;
  readonly how: string;
  /** Rows, those included that were read and thrown away. */
  readonly rows: number;
}

export interface ExplainingDatabase extends Database {
  /** The reads of every statement since the last call. */
  readings(): readonly Reading[];
}

/** A database of one connection that explains every statement before it runs it. */
export async function openExplaining(url: string): Promise<ExplainingDatabase> {
  const driver = await loadDriver('tcp');
  const client = driver.client({
    connectionString: url,
    connectionTimeoutMillis: 5_000,
    query_timeout: 60_000,
    keepAlive: true,
  });
  await client.connect();
  let found: Reading[] = [];
  let isOpen = false;
  const run = async (text: string, values?: readonly unknown[]) =>
    (await client.query({ text }, values)).rows;
  const send = async (config: QueryConfig, given?: readonly unknown[]) => {
    const values = given ?? config.values;
    if (/^\s*(with|select|insert|update|delete)\b/i.test(config.text)) {
      await run(isOpen ? 'savepoint explaining' : 'begin');
      const [row = {}] = await run(`explain (analyze, timing off, format json) ${config.text}`, values);
      await run(isOpen ? 'rollback to savepoint explaining' : 'rollback');
      const [{ Plan: plan }] = row['QUERY PLAN'] as [{ Plan: Plan }];
      found.push(...readingsOf(config.text, plan));
    }
    return client.query(config, values);
  };
  const query = (async (text: string, values?: readonly unknown[]) =>
    (await send({ text }, values)).rows) as Query;
  const db = guardedDrizzle(driver, send);
  let turn = Promise.resolve();
  return {
    driver: 'tcp',
    db,
    query,
    rest: () => undefined,
    transaction: (work) => {
      const done = turn.then(async () => {
        await run('begin');
        isOpen = true;
        try {
          const result = await work(db, query);
          await run('commit');
          return result;
        } catch (error) {
          await run('rollback');
          throw error;
        } finally {
          isOpen = false;
        }
      });
      turn = done.then(
        () => undefined,
        () => undefined,
      );
      return done;
    },
    readings: () => {
      const taken = found;
      found = [];
      return taken;
    },
    [Symbol.asyncDispose]: () => client.end(),
  };
}

function readingsOf(statement: string, plan: Plan): Reading[] {
  const loops = plan['Actual Loops'];
  const thrownAway =
    (plan['Rows Removed by Filter'] ?? 0) +
    (plan['Rows Removed by Index Recheck'] ?? 0) +
    (plan['Rows Removed by Join Filter'] ?? 0);
  const rows = (plan['Actual Rows'] + thrownAway) * loops;
  const table = plan['Relation Name'] ?? plan['Index Name'];
  const own = table === undefined ? [] : [{ statement, table, how: plan['Node Type'], rows }];
  return [...own, ...(plan.Plans ?? []).flatMap((child) => readingsOf(statement, child))];
}

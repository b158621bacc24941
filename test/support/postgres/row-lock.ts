import type { Database } from '../../../src/db/connection/open.ts';
import { until } from '../until.ts';

/** A transaction that is open for as long as the test wants, so that requests meet at what it holds. */
export interface Held extends AsyncDisposable {
  /** Resolves once so many statements of other connections wait for a lock. */
  waiting(count: number): Promise<void>;
  /** Rolls back. */
  release(): Promise<void>;
  commit(): Promise<void>;
}

/** Runs a statement, such as `select from cases for update`, in a transaction of its own. */
export async function hold(database: Database, statement: string): Promise<Held> {
  const started = Promise.withResolvers<void>();
  const released = Promise.withResolvers<'rollback' | 'commit'>();
  const isReleased = new Error('The test has released it.');
  const holding = database
    .transaction(async (_tx, query) => {
      await query(statement);
      started.resolve();
      if ((await released.promise) === 'rollback') throw isReleased;
    })
    .catch((error: unknown) => {
      if (error !== isReleased) throw error;
    });
  await Promise.race([started.promise, holding]);
  const end = (how: 'rollback' | 'commit') => {
    released.resolve(how);
    return holding;
  };
  const release = () => end('rollback');
  const waiters = `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
  return {
    waiting: (count) => until(async () => (await database.query(waiters)).length >= count),
    release,
    commit: () => end('commit'),
    [Symbol.asyncDispose]: release,
  };
}

import type { Database } from '../../../src/db/connection/open.ts';

/** A table nobody else gets at, so that a request on it is in flight for as long as the test wants. */
export interface TableLock extends AsyncDisposable {
  /** Resolves once somebody waits for the table. */
  contended(): Promise<void>;
  release(): Promise<void>;
}

export async function lockTable(database: Database, table: string): Promise<TableLock> {
  const locked = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  const holding = database.transaction(async (_tx, query) => {
    await query(`lock table ${table}`);
    locked.resolve();
    await released.promise;
  });
  await Promise.race([locked.promise, holding]);
  const release = () => {
    released.resolve();
    return holding;
  };
  return {
    async contended() {
      const waiting = `select 1 from pg_locks where relation = '${table}'::regclass and not granted`;
      while ((await database.query(waiting)).length === 0) await Bun.sleep(5);
    },
    release,
    [Symbol.asyncDispose]: release,
  };
}

import type { Publication } from '../protocol/publication.ts';
import type { Draft } from '../realtime/ports/event-log.ts';
import { appendWithin } from './append.ts';
import type { Database, Drizzle } from './open.ts';

export interface Published<T> {
  readonly result: T;
  /** Committed, in the order they were published; whoever called hands them to the manager to deliver. */
  readonly publications: readonly Publication[];
}

/**
 * R5: runs `work` in a transaction and appends what it published right before the commit, in one statement. When
 * `work` throws, or the commit fails, nothing of either is left. `work` may run more than once (see
 * `Database.transaction`); publishing appends nothing by itself.
 */
export function publishInTransaction<T>(
  database: Database,
  work: (tx: Drizzle, publish: (draft: Draft) => void) => Promise<T>,
): Promise<Published<T>> {
  return database.transaction(async (tx, query) => {
    const drafts: Draft[] = [];
    const result = await work(tx, (draft) => drafts.push(draft));
    return { result, publications: await appendWithin(query, drafts) };
  });
}

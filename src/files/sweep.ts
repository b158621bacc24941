import type { Query } from '../db/connection/open.ts';
import { claimDueFiles, type DueFile, settleDueFiles } from '../db/files/due-files.ts';
import type { FileStore } from '../extension/files/store.ts';
import type { Clock } from '../lib/clock.ts';
import { Outage } from '../lib/outage.ts';
import type { Logger } from '../logger.ts';

/** Between two sweeps. Milliseconds. */
const sweepMs = 60_000;
/** Files that are seen to at once. */
const atOnce = 200;

interface SweepDeps {
  readonly query: Query;
  readonly store: FileStore;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Removes the bytes of files that are removed, that nothing refers to, and that were uploaded beside a file: of all that
 * are due, unless the store fails.
 */
export async function sweepFiles(deps: Pick<SweepDeps, 'query' | 'store'>): Promise<void> {
  while ((await sweepSome(deps)) === atOnce);
}

async function sweepSome({ query, store }: Pick<SweepDeps, 'query' | 'store'>): Promise<number> {
  const due = await claimDueFiles(query, atOnce);
  const done: DueFile[] = [];
  let failure: unknown;
  for (const file of due) {
    try {
      await store.remove(file.id, file.isRemoved);
      done.push(file);
    } catch (error) {
      failure = error;
    }
  }
  if (done.length > 0) await settleDueFiles(query, done);
  if (failure) throw failure;
  return done.length;
}

/** Sweeps again and again until disposed. */
export function startFileSweep(deps: SweepDeps): Disposable {
  const outage = new Outage({
    logger: deps.logger,
    failing: 'sweep of files failed: removed files keep their bytes until the next one',
    healed: 'sweep of files works again',
  });
  return deps.clock.every(sweepMs, () => {
    void sweepFiles(deps).then(
      () => outage.passed(),
      (error: unknown) => outage.failed(error),
    );
  });
}

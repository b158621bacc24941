/** The steps that await the commit of a transaction, by the object that its statements are sent with. */
const waiting = new WeakMap<object, (() => void)[]>();

/** Lets a transaction have steps after its commit. `Database` is the caller. */
export const awaitCommit = (tx: object): void => void waiting.set(tx, []);

/**
 * Runs `step` once the transaction has committed; not where it is rolled back, and not where its commit is never answered.
 * Returns false for a transaction that `Database` has not begun, whose end nobody tells. `step` must not throw.
 */
export function afterCommit(tx: object, step: () => void): boolean {
  const steps = waiting.get(tx);
  steps?.push(step);
  return steps !== undefined;
}

/** Runs what awaited the commit. `Database` is the caller. */
export function committed(tx: object): void {
  const steps = waiting.get(tx) ?? [];
  waiting.delete(tx);
  for (const step of steps) step();
}

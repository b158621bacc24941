import type { Undo } from './types.ts';

/** Handlers of one event, in the order in which they came. */
export interface Listeners<Args extends readonly unknown[]> {
  readonly size: number;
  add(handler: (...args: Args) => unknown): Undo;
  /** Calls all of them; what one throws, or rejects with, goes to `report`, and the others still run. */
  call(...args: Args): Promise<unknown> | undefined;
}

export function listeners<Args extends readonly unknown[]>(
  report: (thrown: unknown) => void,
): Listeners<Args> {
  const entries = new Set<{ handler: (...args: Args) => unknown }>();
  return {
    get size() {
      return entries.size;
    },
    add(handler) {
      const entry = { handler };
      entries.add(entry);
      return () => void entries.delete(entry);
    },
    call(...args) {
      const pending: Promise<unknown>[] = [];
      for (const { handler } of [...entries]) {
        try {
          const result = handler(...args);
          if (isThenable(result)) pending.push(Promise.resolve(result).catch(report));
        } catch (thrown) {
          report(thrown);
        }
      }
      return pending.length > 0 ? Promise.all(pending) : undefined;
    },
  };
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}

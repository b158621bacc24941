import type { Undo } from './types.ts';

/** Handlers of one event, in the order in which they came. */
export interface Listeners<Args extends readonly unknown[]> {
  size(): number;
  add(handler: (...args: Args) => unknown): Undo;
  /** Calls all of them. What one throws, or rejects with, is reported, and the others still run. Resolves when all have settled. */
  call(...args: Args): Promise<unknown> | undefined;
}

export function listeners<Args extends readonly unknown[]>(
  report: (thrown: unknown) => void,
): Listeners<Args> {
  // Each in a list of its own: a function that is added twice is called twice.
  const handlers = new Set<readonly [(...args: Args) => unknown]>();
  return {
    size: () => handlers.size,
    add(handler) {
      const entry = [handler] as const;
      handlers.add(entry);
      return () => void handlers.delete(entry);
    },
    call(...args) {
      const pending: Promise<unknown>[] = [];
      for (const [handler] of [...handlers]) {
        try {
          const result = handler(...args);
          if ((result as Partial<PromiseLike<unknown>> | undefined)?.then) {
            pending.push(Promise.resolve(result).catch(report));
          }
        } catch (thrown) {
          report(thrown);
        }
      }
      return pending[0] && Promise.all(pending);
    },
  };
}

import type { Clock } from './clock.ts';

/** Wakes a loop: by a ring, after a time, or for the end. */
export interface Bell {
  readonly ring: () => void;
  /** Resolves at the next ring, after `ms`, or when the signal fires. */
  arm(ms: number): Promise<void>;
}

export function createBell(clock: Clock, signal: AbortSignal): Bell {
  let wake: () => void = () => undefined;
  signal.addEventListener('abort', () => wake());
  return {
    ring: () => wake(),
    arm(ms) {
      // The one before is over, or is not waited for any more.
      wake();
      const { promise, resolve } = Promise.withResolvers<void>();
      const timer = clock.after(ms, resolve);
      wake = () => {
        timer[Symbol.dispose]();
        resolve();
      };
      if (signal.aborted) wake();
      return promise;
    },
  };
}

import type { CoreEnvironment, Undo } from '../core-types.ts';
import * as Pause from '../pauses.ts';

/** Runs at a time on the wall clock, which a timer of a suspended device would miss; undefined is never. */
export function createAlarm({ now, after }: CoreEnvironment, run: () => void) {
  let undo: Undo | undefined;
  return function set(at: number | undefined): void {
    undo?.();
    undo = at
      ? after(Math.min(Math.max(0, at - now()), Pause.longestTimer), () => (now() < at ? set(at) : run()))
      : undefined;
  };
}

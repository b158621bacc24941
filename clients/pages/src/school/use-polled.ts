import { useEffect } from 'react';
import { type Polled, usePoll } from '../shell/browser/use-poll.ts';
import { toastFailure } from '../shell/toasts.tsx';

/** `usePoll`, which tells the first of several failures in a row. */
export function usePolled<Answer>(path: string, pauseMs: number): Polled<Answer> {
  const polled = usePoll<Answer>(path, pauseMs);
  const hasFailed = polled.error !== undefined;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the failures that follow the first are not told.
  useEffect(() => {
    if (hasFailed) toastFailure(polled.error);
  }, [hasFailed]);
  return polled;
}

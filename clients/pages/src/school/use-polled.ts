import { useEffect, useState } from 'react';
import { get } from '../shell/rest.ts';
import { toastFailure } from '../shell/toasts.tsx';

/** The answer of a route, which is asked again after every pause while somebody looks at the page. */
export function usePolled<Answer>(path: string | undefined, pauseMs: number, asked = 0): Answer | undefined {
  const [found, setFound] = useState<{ readonly path: string; readonly answer: Answer }>();
  // biome-ignore lint/correctness/useExhaustiveDependencies: `asked` is a reason to ask at once.
  useEffect(() => {
    if (path === undefined) return undefined;
    const left = new AbortController();
    let hasFailed = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    async function ask(): Promise<void> {
      if (document.visibilityState === 'visible' && path !== undefined) {
        try {
          const answer = await get<Answer>(path, left.signal);
          setFound({ path, answer });
          hasFailed = false;
        } catch (error) {
          // The first failure is told, and not each of those that follow it.
          if (!hasFailed && !left.signal.aborted) toastFailure(error);
          hasFailed = true;
        }
      }
      if (left.signal.aborted) return;
      timer = setTimeout(() => void ask(), pauseMs);
    }
    void ask();
    return () => {
      left.abort();
      clearTimeout(timer);
    };
  }, [path, pauseMs, asked]);
  return found?.path === path ? found?.answer : undefined;
}

import { useEffect, useState } from 'react';
import { attempt, get } from '../shell/rest.ts';

/** The answer of a route, which is asked again after every pause while somebody looks at the page. */
export function usePolled<Answer>(path: string | undefined, pauseMs: number, asked = 0): Answer | undefined {
  const [found, setFound] = useState<{ readonly path: string; readonly answer: Answer }>();
  // biome-ignore lint/correctness/useExhaustiveDependencies: `asked` is a reason to ask at once.
  useEffect(() => {
    if (path === undefined) return undefined;
    const left = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    async function ask(): Promise<void> {
      if (document.visibilityState === 'visible' && path !== undefined) {
        const answer = await attempt(() => get<Answer>(path, left.signal));
        if (left.signal.aborted) return;
        if (answer !== undefined) setFound({ path, answer });
      }
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

import { useEffect, useState } from 'react';
import { refresh, type Tagged } from '../rest.ts';

export interface Polled<Answer> {
  readonly answer: Answer | undefined;
  /** The reason why the last attempt failed. */
  readonly error: Error | undefined;
  /** When the answer came, by the clock of the page. */
  readonly at: number;
  /** Asks at once. */
  readonly again: () => void;
}

/**
 * Asks a route at the page's own pace: the pause begins when the answer is there, and nothing is asked while the page is
 * hidden. An answer that is the same again is not sent, where the route has an ETag. A failure keeps the last answer.
 */
export function usePoll<Answer>(path: string, pauseMs: number): Polled<Answer> {
  const [state, setState] = useState<Omit<Polled<Answer>, 'again'>>(nothing);
  const [turn, setTurn] = useState(0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a turn is one more reason to ask.
  useEffect(() => {
    const left = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    let known: Tagged<Answer> | undefined;
    async function ask(): Promise<void> {
      if (document.hidden) return;
      try {
        known = await refresh<Answer>(path, left.signal, known);
        setState({ answer: known.answer, error: undefined, at: Date.now() });
      } catch (error) {
        if (left.signal.aborted) return;
        setState((last) => ({ ...last, error: error instanceof Error ? error : new Error(String(error)) }));
      }
      timer = setTimeout(() => void ask(), pauseMs);
    }
    const shown = () => {
      clearTimeout(timer);
      void ask();
    };
    void ask();
    document.addEventListener('visibilitychange', shown);
    return () => {
      left.abort();
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', shown);
    };
  }, [path, pauseMs, turn]);
  return { ...state, again: () => setTurn((last) => last + 1) };
}

const nothing = { answer: undefined, error: undefined, at: 0 };

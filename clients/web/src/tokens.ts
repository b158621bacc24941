import type { Fault } from './machine/machine.ts';
import { Pause } from './machine/pauses.ts';
import type { Environment, Undo } from './types.ts';

interface TokensHost {
  readonly environment: Environment;
  readonly getToken: (() => string | Promise<string>) | undefined;
  /** A new one, before the old one expires. */
  refreshed(): void;
  /** None can be had: the user has to sign in. */
  refused(fault: Fault): void;
}

/** Longest wait of one timer: longer ones overflow, and sleep through a suspended device. */
const longestWaitMs = 600_000;

/** The token of the connection: fetched once at a time, and anew before it expires by the clock on the wall. */
export function createTokens(
  { environment, getToken, refreshed, refused }: TokensHost,
  given: string | undefined,
) {
  let token = given;
  let expiresAt: number | undefined;
  let refreshAt: number | undefined;
  let fetching: Promise<string> | undefined;
  let timer: Undo | undefined;

  function fetchToken(): Promise<string> {
    fetching ??= Promise.resolve()
      .then(() => getToken?.() ?? '')
      .then((found) => {
        token = found;
        expiresAt = undefined;
        return found;
      })
      .finally(() => {
        fetching = undefined;
      });
    return fetching;
  }

  /** Refreshes when it is time; otherwise waits for that. */
  function check(): void {
    timer?.();
    if (refreshAt === undefined || !getToken) return;
    const waitMs = refreshAt - environment.now();
    if (waitMs > 0) {
      timer = environment.after(Math.min(waitMs, longestWaitMs), check);
      return;
    }
    refreshAt = undefined;
    fetchToken().then(refreshed, (thrown) => {
      const fault = faultOf(thrown);
      if (fault.code === 'unauthorized') return refused(fault);
      refreshAt = environment.now() + Pause.first + environment.random() * Pause.first;
      check();
    });
  }

  return {
    get current() {
      return token;
    },
    renewable: getToken !== undefined,
    /** The token at hand, or a new one where that is over. */
    get(): Promise<string> | undefined {
      const isOver = expiresAt !== undefined && expiresAt <= environment.now();
      if (!getToken || (token !== undefined && !isOver)) return undefined;
      return fetchToken();
    },
    set(next: string): void {
      token = next;
      expiresAt = refreshAt = undefined;
    },
    forget(): void {
      if (getToken) token = undefined;
      refreshAt = undefined;
    },
    /** The server said how long it takes this one. */
    expires(at: number): void {
      const now = environment.now();
      expiresAt = at;
      refreshAt = at - Math.min(60_000, Math.max(0, at - now) / 5);
      if (refreshAt - now < 1_000) refreshAt = now + 1_000;
      check();
    },
    check,
    close(): void {
      timer?.();
    },
  };
}

/** What `getToken` threw. */
export function faultOf(thrown: unknown): Fault {
  const isFinal = thrown instanceof Error && thrown.name === 'Unauthorized';
  const message = thrown instanceof Error && thrown.message !== '' ? thrown.message : undefined;
  return { code: isFinal ? 'unauthorized' : 'token_failed', message };
}

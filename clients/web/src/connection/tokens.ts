import type { Fault } from '../errors.ts';
import * as Pause from '../pauses.ts';
import type { ClientOptions, Environment, Undo } from '../types.ts';

/** Longest wait of one timer: longer ones sleep through a suspended device. */
const longestWaitMs = 600_000;

/**
 * The token of the connection: fetched once at a time, and anew before it expires by the clock on the wall. `refreshed`:
 * there is a new one, before the old one expires. `refused`: none can be had, and the user has to sign in.
 */
export function createTokens(
  environment: Environment,
  { getToken, token: given }: ClientOptions,
  refreshed: () => void,
  refused: (fault: Fault) => void,
) {
  let token = given;
  let expiresAt: number | undefined;
  let refreshAt: number | undefined;
  let fetching: Promise<void> | undefined;
  let timer: Undo | undefined;

  async function fetchToken(): Promise<void> {
    token = await getToken?.();
    expiresAt = undefined;
  }

  /** The new token is at hand when it resolves. */
  function renew(): Promise<void> {
    fetching ??= fetchToken().finally(() => {
      fetching = undefined;
    });
    return fetching;
  }

  /** Refreshes when it is time; otherwise waits for that. */
  function check(): void {
    timer?.();
    if (!refreshAt || !getToken) return;
    const waitMs = refreshAt - environment.now();
    if (waitMs > 0) {
      timer = environment.after(Math.min(waitMs, longestWaitMs), check);
      return;
    }
    refreshAt = undefined;
    renew().then(refreshed, (thrown) => {
      const fault = tokenFault(thrown);
      if (fault.status) return refused(fault);
      refreshAt = environment.now() + Pause.first * (1 + environment.random());
      check();
    });
  }

  return {
    get current() {
      return token;
    },
    renewable: getToken !== undefined,
    /** Undefined where the token at hand is good. */
    get(): Promise<void> | undefined {
      const isOver = expiresAt !== undefined && expiresAt <= environment.now();
      return getToken && (!token || isOver) ? renew() : undefined;
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
      refreshAt = Math.max(now + 1_000, at - Math.min(60_000, (at - now) / 5));
      check();
    },
    wake: check,
    close: () => timer?.(),
  };
}

/** An error of `getToken`; it has a status only where the user has to sign in. */
export function tokenFault(thrown: unknown): Fault {
  const { name, message } = Object(thrown);
  return name === 'Unauthorized'
    ? {
        code: 'unauthorized',
        status: 401,
        message: message || undefined,
        remedy: 'sign in, then call connect()',
      }
    : { code: 'token_failed', message: `getToken failed: ${message}` };
}

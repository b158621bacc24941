import type { CoreEnvironment, CoreOptions } from '../core-types.ts';
import type { Fault } from '../errors.ts';
import * as Pause from '../pauses.ts';
import { createAlarm } from './alarm.ts';

/**
 * The token of the connection: fetched once at a time, and anew before it expires by the clock on the wall. `refreshed`:
 * there is a new one, before the old one expires. `refused`: none can be had, and the user has to sign in.
 */
export function createTokens(
  environment: CoreEnvironment,
  { getToken, token: given }: CoreOptions,
  refreshed: () => void,
  refused: (fault: Fault) => void,
) {
  const { now, random } = environment;
  let token = given;
  let expiresAt: number | undefined;
  let refreshAt: number | undefined;
  let fetching: Promise<void> | undefined;
  const alarm = createAlarm(environment, check);

  function plan(at?: number): void {
    refreshAt = at;
    alarm(at);
  }

  function set(next: string | undefined): void {
    token = next;
    expiresAt = undefined;
    plan();
  }

  /** The new token is at hand when it resolves. */
  function renew(): Promise<void> {
    fetching ??= (async () => set(await getToken?.()))().finally(() => {
      fetching = undefined;
    });
    return fetching;
  }

  /** Refreshes when it is time. */
  function check(): void {
    if (!refreshAt || refreshAt > now()) return;
    plan();
    renew().then(refreshed, (thrown) => {
      const fault = tokenFault(thrown);
      if (fault.status) refused(fault);
      else plan(now() + Pause.before(1, random()));
    });
  }

  return {
    get current() {
      return token;
    },
    renewable: !!getToken,
    /** Undefined where the token at hand is good. */
    get: (): Promise<void> | undefined =>
      getToken && (!token || (expiresAt && expiresAt <= now())) ? renew() : undefined,
    set,
    forget(): void {
      if (getToken) set(undefined);
    },
    /** The server said how long it takes this one. */
    expires(at: number): void {
      expiresAt = at;
      const left = at - now();
      if (getToken) plan(now() + Math.max(1_000, left - Math.min(60_000, left / 5)));
    },
    wake: check,
    close: plan,
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

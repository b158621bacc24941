import { signal } from '@preact/signals';
import { type Client, type ClientOptions, createClient } from './client.ts';
import { facts, serverUrl } from './facts.ts';
import { keepInTab, keptInTab } from './kept.ts';
import { toast } from './toasts.tsx';

/** The person who uses the page. */
export interface Session {
  readonly userId: string;
  readonly role: string;
  readonly tenants: readonly string[];
  /** Absent where the server believes everybody. */
  readonly token?: string;
}

/** Undefined while nobody is signed in. */
export const session = signal<Session | undefined>(restored());

/** The reason why the last session ended, for the form of the next one. */
export const endedBecause = signal<string | undefined>(undefined);

export function signIn(next: Session): void {
  endedBecause.value = undefined;
  session.value = next;
  // The storage of a tab is gone with it, and no address or log ever has the token.
  keepInTab('session', JSON.stringify(next));
}

export function signOut(reason?: string): void {
  endedBecause.value = reason;
  session.value = undefined;
  keepInTab('session', undefined);
}

/** The session of a token; undefined for a text that is none. The server checks it, this only reads the names. */
export function sessionOfToken(text: string): Session | undefined {
  const token = text.trim().replace(/^bearer\s+/i, '');
  try {
    const payload = token.split('.')[1] ?? '';
    const bytes = Uint8Array.from(atob(payload.replace(/-/g, '+').replace(/_/g, '/')), (sign) =>
      sign.charCodeAt(0),
    );
    const { sub, role = 'user', tenants = [] } = JSON.parse(new TextDecoder().decode(bytes));
    if (typeof sub !== 'string') return undefined;
    return {
      userId: sub,
      role: String(role),
      tenants: Array.isArray(tenants) ? tenants.map(String) : [],
      token,
    };
  } catch {
    return undefined;
  }
}

function restored(): Session | undefined {
  const given = takeFromAddress();
  if (given) keepInTab('session', JSON.stringify(given));
  const text = keptInTab('session');
  return given ?? (text === undefined ? undefined : JSON.parse(text));
}

/** The token of `#token=…`, which leaves the address at once: addresses are remembered, sent on and looked at. */
function takeFromAddress(): Session | undefined {
  const [, token] = /(?:^#|&)token=([^&]+)/.exec(location.hash) ?? [];
  if (token === undefined) return undefined;
  history.replaceState(history.state, '', location.pathname + location.search);
  return sessionOfToken(decodeURIComponent(token));
}

addEventListener('hashchange', () => {
  const given = takeFromAddress();
  if (given) signIn(given);
});

/** The headers by which the routes know this person. */
export function headersOf(who: Session | undefined): Readonly<Record<string, string>> {
  if (!who) return {};
  if (who.token !== undefined) return { authorization: `Bearer ${who.token}` };
  const { userId, role, tenants } = who;
  return { 'x-user-id': userId, 'x-role': role, ...(tenants.length > 0 && { 'x-tenants': tenants.join() }) };
}

/** A client for this person, whose failures are told as messages. The caller closes it. */
export function openClient(who: Session, options: ClientOptions = {}): Client {
  const { token, userId, role, tenants } = who;
  const identity = token === undefined ? { identity: { userId, role, tenants } } : { token };
  const client: Client = createClient(serverUrl, { ...identity, ...options });
  client.on('error', ({ code, message }) => {
    if (!isOver(code)) toast(message, 'bad');
  });
  return client;
}

/** True of the codes after which only a new token helps. */
export const isOver = (code: string | null): boolean =>
  /^(unauthenticated|invalid_token|token_expired|token_revoked|unauthorized)$/.test(code ?? '');

export const believesEverybody = facts.mode === 'insecure';

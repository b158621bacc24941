import { useEffect, useRef, useState } from 'react';
import type { LockAnswer } from '../../../../src/domains/clinic/model.ts';
import { connectionId } from '../shell/browser/connection-id.ts';
import { newId } from '../shell/browser/ids.ts';
import { useChannel, useConnection } from '../shell/client.ts';
import { RestError, request } from '../shell/rest.ts';

/**
 * The lock of a case as this page has it. `idle`: given back since nobody touched the page. `lost`: taken, or over.
 * `gone`: this person does not see the case. `holder`: the other person who has it, as far as the page knows.
 */
export type LockState =
  | { readonly kind: 'asking' | 'gone' }
  | { readonly kind: 'idle' | 'lost'; readonly holder: string | undefined }
  | { readonly kind: 'held'; readonly token: number }
  | { readonly kind: 'waiting'; readonly holder: string | undefined; readonly place: number };

type Answer = (typeof LockAnswer)['static'];
type Lease = Answer['lock'];

/** A third of the time for which the server grants a lock. */
const beatMs = 10_000;
/** After this long without a touch the case is free for others. */
const idleMs = 120_000;
const touches = ['pointerdown', 'keydown', 'scroll'] as const;

/** Takes the lock of a case, or a place in its queue, and keeps it until {@link CaseLock.leave}. */
class CaseLock {
  readonly #path: string;
  readonly #show: (state: LockState) => void;
  /** The connections of this page so far: a grant to any of them is a grant to this page. */
  readonly #own = new Set<string>();
  readonly #left = new AbortController();
  #state: LockState = { kind: 'asking' };
  #session: string | undefined;
  #token = 0;
  #touchedAt = Date.now();

  constructor(caseId: string, show: (state: LockState) => void) {
    this.#path = `/api/cases/${encodeURIComponent(caseId)}/lock`;
    this.#show = show;
    const { signal } = this.#left;
    const beat = setInterval(() => void this.#beat(), beatMs);
    signal.addEventListener('abort', () => clearInterval(beat));
    for (const touch of touches) {
      addEventListener(touch, () => this.#touched(), { signal, capture: true, passive: true });
    }
    addEventListener('pagehide', () => this.#giveBack({ kind: 'asking' }), { signal });
    addEventListener('pageshow', () => void this.#ask(), { signal });
  }

  /** The page has another connection: the lock ends with that one from now on. */
  follow(session: string | undefined): void {
    this.#session = session;
    if (session === undefined) return;
    this.#own.add(session);
    void this.#ask();
  }

  /** Takes a change of the holder, as the channel of the case tells it. */
  hear({ holder, token }: Lease): void {
    if (token < this.#token || this.#left.signal.aborted) return;
    this.#token = token;
    const isOwn = holder !== null && this.#own.has(holder.sessionId);
    const { kind } = this.#state;
    if (isOwn && (kind === 'asking' || kind === 'waiting')) this.#set({ kind: 'held', token });
    else if (!isOwn && kind === 'held') this.#set({ kind: 'lost', holder: holder?.userId });
    else if (kind === 'lost' || kind === 'idle')
      this.#set({ kind, holder: isOwn ? undefined : holder?.userId });
    else if (holder && this.#state.kind === 'waiting') {
      this.#set({ ...this.#state, holder: holder.userId });
      void this.#ask();
    }
  }

  /** Asks again, after the lock was lost or given back. */
  take(): void {
    this.#touched();
    this.#set({ kind: 'asking' });
    void this.#ask();
  }

  leave(): void {
    this.#giveBack({ kind: 'asking' });
    this.#left.abort();
  }

  #touched(): void {
    this.#touchedAt = Date.now();
  }

  async #beat(): Promise<void> {
    const isIdle = Date.now() - this.#touchedAt > idleMs;
    if (isIdle && this.#state.kind === 'held') this.#giveBack({ kind: 'idle', holder: undefined });
    else await this.#ask();
  }

  async #ask(): Promise<void> {
    const sessionId = this.#session;
    const { kind } = this.#state;
    if (sessionId === undefined || kind === 'idle' || kind === 'lost' || kind === 'gone') return;
    try {
      const answer =
        this.#state.kind === 'held'
          ? await request<Answer>('POST', `${this.#path}/renew`, { sessionId, token: this.#state.token })
          : await request<Answer>('POST', this.#path, { sessionId, wait: true });
      this.#accept(answer, sessionId);
    } catch (error) {
      const { status } = error as RestError;
      if (status === 409) this.#set({ kind: 'lost', holder: undefined });
      else if (status === 403 || status === 404) this.#set({ kind: 'gone' });
      // Without an answer the next beat asks again.
      else if (!(error instanceof RestError)) throw error;
    }
  }

  #accept({ held, lock: { token, holder }, position = 1 }: Answer, sessionId: string): void {
    const { kind } = this.#state;
    // The page went on meanwhile: a lock that came too late is given back.
    if (this.#left.signal.aborted || kind === 'idle') {
      this.#release(sessionId);
      return;
    }
    if (token < this.#token || kind === 'lost') return;
    this.#token = token;
    this.#set(held ? { kind: 'held', token } : { kind: 'waiting', holder: holder?.userId, place: position });
  }

  #giveBack(next: LockState): void {
    const { kind } = this.#state;
    if (this.#session !== undefined && (kind === 'held' || kind === 'waiting' || kind === 'asking')) {
      this.#release(this.#session);
    }
    this.#set(next);
  }

  /** The request outlives the page, and where it fails the lock ends by itself. */
  #release(sessionId: string): void {
    request('POST', `${this.#path}/release`, { sessionId }, { keepalive: true }).catch((error: unknown) => {
      if (!(error instanceof RestError)) throw error;
    });
  }

  #set(state: LockState): void {
    this.#state = state;
    if (!this.#left.signal.aborted) this.#show(state);
  }
}

/** Without a WebSocket the lock is of this page by a name of its own, and ends by time. */
const pageId = newId();

/** The lock of this case while the component is mounted. `take` asks for it again. */
export function useCaseLock(caseId: string): readonly [state: LockState, take: () => void] {
  const [state, setState] = useState<LockState>({ kind: 'asking' });
  const lock = useRef<CaseLock | undefined>(undefined);
  const { status } = useConnection();
  const session = status === 'connected' ? (connectionId.value ?? pageId) : undefined;
  useEffect(() => {
    setState({ kind: 'asking' });
    const opened = new CaseLock(caseId, setState);
    lock.current = opened;
    return () => opened.leave();
  }, [caseId]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another case has another lock.
  useEffect(() => lock.current?.follow(session), [session, caseId]);
  useChannel(`clinic_case:${caseId}`, ({ type, data }) => {
    if (type === 'lease') lock.current?.hear(data as Lease);
  });
  return [state, () => lock.current?.take()];
}

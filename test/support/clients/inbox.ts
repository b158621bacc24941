export interface Inbox<T> {
  push(item: T): void;
  /** Nothing more will come: `why` ends every wait, present and future. */
  end(why: string): void;
  /**
   * The first item nobody took yet that matches; the others stay, in order, for later calls.
   * Rejects after `timeoutMs`, or at the end, with everything seen so far.
   */
  next(matches: (item: T) => boolean, wanted: string, timeoutMs?: number): Promise<T>;
  /** Everything that ever came and matches, taken or not. */
  all(matches: (item: T) => boolean): T[];
}

/** Lets a test wait for what arrives instead of sleeping. */
export function createInbox<T>(owner: string): Inbox<T> {
  const entries: Entry<T>[] = [];
  const waiters = new Set<Waiter<T>>();
  let ended: string | undefined;

  const failure = (wanted: string, why: string) =>
    new Error(`${owner}: no ${wanted} (${why}). Seen, oldest first:\n${describe(entries)}`);

  const settle = (waiter: Waiter<T>) => {
    clearTimeout(waiter.timer);
    waiters.delete(waiter);
  };

  return {
    push(item) {
      const waiter = [...waiters].find(({ matches }) => matches(item));
      entries.push({ item, taken: waiter !== undefined });
      if (waiter === undefined) return;
      settle(waiter);
      waiter.resolve(item);
    },

    end(why) {
      ended ??= why;
      for (const waiter of [...waiters]) {
        settle(waiter);
        waiter.reject(failure(waiter.wanted, why));
      }
    },

    next(matches, wanted, timeoutMs = PATIENCE_MS) {
      const waiting = entries.find((entry) => !entry.taken && matches(entry.item));
      if (waiting) {
        waiting.taken = true;
        return Promise.resolve(waiting.item);
      }
      if (ended !== undefined) return Promise.reject(failure(wanted, ended));
      const { promise, resolve, reject } = Promise.withResolvers<T>();
      const timer = setTimeout(() => {
        settle(waiter);
        reject(failure(wanted, `waited ${timeoutMs} ms`));
      }, timeoutMs);
      const waiter: Waiter<T> = { matches, wanted, resolve, reject, timer };
      waiters.add(waiter);
      return promise;
    },

    all: (matches) => entries.map(({ item }) => item).filter(matches),
  };
}

/** Long enough for a busy machine: it only decides how soon a failure is told. */
const PATIENCE_MS = 20_000;
const SHOWN_ITEMS = 30;

interface Entry<T> {
  readonly item: T;
  taken: boolean;
}

interface Waiter<T> {
  readonly matches: (item: T) => boolean;
  readonly wanted: string;
  readonly timer: Timer;
  resolve(item: T): void;
  reject(error: Error): void;
}

function describe<T>(entries: readonly Entry<T>[]): string {
  const lines = entries
    .slice(-SHOWN_ITEMS)
    .map(({ item, taken }) => `  ${taken ? 'taken  ' : 'waiting'} ${JSON.stringify(item).slice(0, 300)}`);
  const hidden = entries.length - lines.length;
  return [...(hidden > 0 ? [`  … ${hidden} earlier`] : []), ...lines].join('\n') || '  nothing';
}

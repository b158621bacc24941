import type { Clock } from './clock.ts';

/** Without a session for so long, a process is quiet. Milliseconds. */
const quietMs = 30_000;
/** A quiet process takes one of so many turns of periodic work. */
const quietTurns = 4;
/** The longest time between two looks whether a process may fall asleep. Milliseconds. */
const checkMs = 5_000;

interface IdlenessDeps {
  readonly clock: Clock;
  /** The number of sessions of this process. */
  readonly sessions: () => number;
  /** Called when somebody is served again. */
  readonly onServed: () => void;
  /** Without a session for so long, a process sleeps; 0 for never. Milliseconds. */
  readonly sleepMs: number;
  /** Called when the process falls asleep. */
  readonly onAsleep: () => void;
  /** Catches up on the time of the sleep; callers of `wake` wait for it. Never rejects. */
  readonly onAwake: () => Promise<void>;
}

/** The part of {@link Idleness} that work beside the sessions keeps to. */
export interface Rest {
  /** Whether regular work may take longer. */
  readonly isQuiet: boolean;
  /** Fires when the process falls asleep the next time. */
  readonly falling: AbortSignal;
  /** Resolves when the process is awake, or when the signal fires. */
  awake(signal: AbortSignal): Promise<void>;
  /** Calls `run` once after `ms`, and wakes a sleeping process for it. */
  alarm(ms: number, run: () => void): Disposable;
}

/**
 * Whether nobody is served. Work beside the sessions then takes its time (quiet), or rests altogether (asleep): it uses
 * `clock`.
 */
export class Idleness implements Rest {
  readonly #deps: IdlenessDeps;
  readonly #check: Disposable | undefined;
  /** The clock of work beside the sessions: of a quiet process it is slow, of a sleeping one it stands still. */
  readonly clock: Clock;
  #servedAt: number;
  #asleep = false;
  #waking: Promise<void> | undefined;
  #falling = new AbortController();
  #awake = Promise.withResolvers<void>();
  /** Timers of the clock that came due while the process slept. */
  readonly #late = new Set<() => void>();

  constructor(deps: IdlenessDeps) {
    const { clock, sleepMs } = deps;
    this.#deps = deps;
    this.#servedAt = clock.monotonic();
    this.#awake.resolve();
    this.clock = this.#restingClock(clock);
    if (sleepMs > 0) this.#check = clock.every(Math.min(checkMs, sleepMs / 4), () => this.#look());
  }

  /** Whether this process ever sleeps. */
  get sleeps(): boolean {
    return this.#deps.sleepMs > 0;
  }

  /** Somebody is served. */
  touch(): void {
    const now = this.#deps.clock.monotonic();
    const wasQuiet = now - this.#servedAt >= quietMs;
    this.#servedAt = now;
    if (wasQuiet) this.#deps.onServed();
  }

  get isQuiet(): boolean {
    return this.#unservedMs() >= quietMs;
  }

  /** False from falling asleep until what was missed is caught up on. */
  get isAwake(): boolean {
    return !this.#asleep && this.#waking === undefined;
  }

  get isAsleep(): boolean {
    return this.#asleep;
  }

  /** Resolves when the process is awake and has caught up. */
  wake(): Promise<void> {
    if (!this.#asleep) return this.#waking ?? Promise.resolve();
    this.#asleep = false;
    this.#servedAt = this.#deps.clock.monotonic();
    this.#falling = new AbortController();
    const late = [...this.#late];
    this.#late.clear();
    this.#awake.resolve();
    for (const run of late) run();
    this.#waking = this.#deps.onAwake().finally(() => {
      this.#waking = undefined;
    });
    return this.#waking;
  }

  get falling(): AbortSignal {
    return this.#falling.signal;
  }

  async awake(signal: AbortSignal): Promise<void> {
    if (!this.#asleep || signal.aborted) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const end = () => resolve();
    signal.addEventListener('abort', end, { once: true });
    await Promise.race([this.#awake.promise, promise]);
    signal.removeEventListener('abort', end);
  }

  alarm(ms: number, run: () => void): Disposable {
    return this.#deps.clock.after(ms, () => {
      if (this.#asleep) void this.wake().then(run);
      else run();
    });
  }

  [Symbol.dispose](): void {
    this.#check?.[Symbol.dispose]();
  }

  #unservedMs(): number {
    const now = this.#deps.clock.monotonic();
    if (this.#deps.sessions() > 0) this.#servedAt = now;
    return now - this.#servedAt;
  }

  #look(): void {
    if (!this.isAwake || this.#unservedMs() < this.#deps.sleepMs) return;
    this.#asleep = true;
    this.#awake = Promise.withResolvers();
    this.#falling.abort();
    this.#deps.onAsleep();
  }

  #restingClock(clock: Clock): Clock {
    return {
      now: clock.now.bind(clock),
      monotonic: clock.monotonic.bind(clock),
      after: (ms, run) => {
        const due = () => {
          if (this.#asleep) this.#late.add(run);
          else run();
        };
        const timer = clock.after(ms, due);
        return {
          [Symbol.dispose]: () => {
            timer[Symbol.dispose]();
            this.#late.delete(run);
          },
        };
      },
      every: (ms, run) => {
        let turn = 0;
        return clock.every(ms, () => {
          turn = this.isQuiet ? (turn + 1) % quietTurns : 0;
          if (turn === 0 && !this.#asleep) run();
        });
      },
    };
  }
}

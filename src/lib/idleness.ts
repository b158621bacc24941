import type { Clock } from './clock.ts';

/** Without a session for so long, a process is quiet. Milliseconds. */
const quietMs = 30_000;

interface IdlenessDeps {
  readonly clock: Clock;
  readonly sessions: { readonly size: number };
  /** Called when somebody is served again. */
  readonly onServed: () => void;
}

/** Whether nobody is served, so that periodic work beside the sessions may take its time. */
export class Idleness {
  readonly #deps: IdlenessDeps;
  #servedAt: number;

  constructor(deps: IdlenessDeps) {
    this.#deps = deps;
    this.#servedAt = deps.clock.monotonic();
  }

  /** Somebody is served. */
  touch(): void {
    const now = this.#deps.clock.monotonic();
    const wasQuiet = now - this.#servedAt >= quietMs;
    this.#servedAt = now;
    if (wasQuiet) this.#deps.onServed();
  }

  get isQuiet(): boolean {
    const now = this.#deps.clock.monotonic();
    if (this.#deps.sessions.size > 0) this.#servedAt = now;
    return now - this.#servedAt >= quietMs;
  }
}

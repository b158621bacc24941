import type { Clock } from '../../src/lib/clock.ts';

interface Alarm {
  at: number;
  readonly run: () => void;
  readonly every: number | undefined;
}

/** A clock that stands until `advance` moves it; alarms run in the order of their times. */
export class ManualClock implements Clock {
  /** Monotonic. */
  #now = Date.UTC(2026, 0, 1);
  /** By how much the clock on the wall was set forward. */
  #stepped = 0;
  readonly #alarms = new Set<Alarm>();

  now(): number {
    return this.#now + this.#stepped;
  }

  monotonic(): number {
    return this.#now;
  }

  /** Sets the clock on the wall forward, or back. */
  step(ms: number): void {
    this.#stepped += ms;
  }

  /** So much time passes without the process, which then finds every alarm that came due once. */
  stall(ms: number): void {
    this.#now += ms;
    for (const alarm of [...this.#alarms].filter(({ at }) => at <= this.#now)) {
      if (alarm.every === undefined) this.#alarms.delete(alarm);
      else alarm.at = this.#now + alarm.every;
      alarm.run();
    }
  }

  after(ms: number, run: () => void): Disposable {
    return this.#add({ at: this.#now + ms, run, every: undefined });
  }

  every(ms: number, run: () => void): Disposable {
    return this.#add({ at: this.#now + ms, run, every: ms });
  }

  advance(ms: number): void {
    const end = this.#now + ms;
    for (let next = this.#next(end); next; next = this.#next(end)) {
      this.#now = next.at;
      if (next.every === undefined) this.#alarms.delete(next);
      else next.at += next.every;
      next.run();
    }
    this.#now = end;
  }

  #next(end: number): Alarm | undefined {
    const due = [...this.#alarms].filter(({ at }) => at <= end);
    return due.sort((a, b) => a.at - b.at)[0];
  }

  #add(alarm: Alarm): Disposable {
    this.#alarms.add(alarm);
    return { [Symbol.dispose]: () => this.#alarms.delete(alarm) };
  }
}

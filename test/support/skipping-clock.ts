import { type Clock, systemClock } from '../../src/lib/clock.ts';

interface Alarm {
  at: number;
  readonly run: () => void;
  readonly every: number | undefined;
  timer: Disposable | undefined;
}

/** The clock of the system, which a test sets forward: a server finds every alarm that came due meanwhile, once. */
export class SkippingClock implements Clock {
  #skipped = 0;
  readonly #alarms = new Set<Alarm>();

  now(): number {
    return systemClock.now() + this.#skipped;
  }

  monotonic(): number {
    return systemClock.monotonic() + this.#skipped;
  }

  after(ms: number, run: () => void): Disposable {
    return this.#add({ at: this.monotonic() + ms, run, every: undefined, timer: undefined });
  }

  every(ms: number, run: () => void): Disposable {
    return this.#add({ at: this.monotonic() + ms, run, every: ms, timer: undefined });
  }

  skip(ms: number): void {
    this.#skipped += ms;
    for (const alarm of [...this.#alarms].sort((a, b) => a.at - b.at)) {
      if (!this.#alarms.has(alarm)) continue;
      alarm.timer?.[Symbol.dispose]();
      if (alarm.at <= this.monotonic()) this.#ring(alarm);
      else this.#arm(alarm);
    }
  }

  #add(alarm: Alarm): Disposable {
    this.#alarms.add(alarm);
    this.#arm(alarm);
    return {
      [Symbol.dispose]: () => {
        this.#alarms.delete(alarm);
        alarm.timer?.[Symbol.dispose]();
      },
    };
  }

  #arm(alarm: Alarm): void {
    alarm.timer = systemClock.after(alarm.at - this.monotonic(), () => this.#ring(alarm));
  }

  #ring(alarm: Alarm): void {
    if (alarm.every === undefined) this.#alarms.delete(alarm);
    else {
      alarm.at = this.monotonic() + alarm.every;
      this.#arm(alarm);
    }
    alarm.run();
  }
}

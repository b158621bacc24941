/** Time as a parameter, so that tests decide when a deadline passes. All durations are milliseconds. */
export interface Clock {
  /** Milliseconds since the Unix epoch. For timestamps and expiry: an operator or NTP may set it. */
  now(): number;
  /** Milliseconds since an arbitrary start. For durations: setting the clock never moves it. */
  monotonic(): number;
  /** Calls `run` once after `ms`, unless disposed before. */
  after(ms: number, run: () => void): Disposable;
  /** Calls `run` every `ms` until disposed. Never keeps a process alive by itself. */
  every(ms: number, run: () => void): Disposable;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(ms, run) {
    const timer = setTimeout(run, ms);
    return { [Symbol.dispose]: () => clearTimeout(timer) };
  },
  every(ms, run) {
    const timer = setInterval(run, ms);
    timer.unref?.();
    return { [Symbol.dispose]: () => clearInterval(timer) };
  },
};

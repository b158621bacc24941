import type { Clock } from './clock.ts';

interface Reading<State> {
  readonly startedAt: number;
  readonly state: Promise<State>;
}

/** Bounds the memory; a reading that is forgotten earlier is done again. */
const maxKept = 32;

/**
 * Readings of state that is costly to read, for callers who watch it and accept an age: one reading for each key in that
 * time, however many watch, and none while nobody does.
 */
export class SharedReadings<State> {
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #kept = new Map<string, Reading<State>>();

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.#clock = clock;
  }

  /** Resolves with the state as it was at some moment of the last `maxAgeMs`; 0 reads it now, for this caller alone. */
  async read(key: string, maxAgeMs: number, load: () => Promise<State>): Promise<State> {
    if (maxAgeMs <= 0) return load();
    const now = this.#clock.monotonic();
    const kept = this.#kept.get(key);
    if (kept && now - kept.startedAt < maxAgeMs) return kept.state;
    const reading = { startedAt: now, state: load() };
    this.#keep(key, reading);
    try {
      return await reading.state;
    } catch (error) {
      if (this.#kept.get(key) === reading) this.#kept.delete(key);
      throw error;
    }
  }

  #keep(key: string, reading: Reading<State>): void {
    this.#kept.delete(key);
    this.#kept.set(key, reading);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > maxKept && oldest !== undefined) this.#kept.delete(oldest);
  }
}

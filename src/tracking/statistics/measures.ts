import { build, encodeIntoCompressedBase64, type Histogram } from 'hdr-histogram-js';
import type { Priority } from '../statuses.ts';

/** Added up. */
export type Counter =
  | `sent_${Priority}`
  | 'delivered'
  | 'read'
  | 'acknowledged'
  | 'escalated'
  | 'failed'
  | 'expired'
  | 'errors'
  | 'activity_recorded'
  | 'activity_dropped'
  | 'rows_refused';

/** The largest of a minute counts. */
export const levels = ['sessions', 'users'] as const;
export type Level = (typeof levels)[number];

/** Milliseconds. */
export type Distribution = 'created_to_sent_ms' | 'sent_to_delivered_ms' | 'sent_to_acknowledged_ms';

export type Percentiles = { readonly [name in 'p50' | 'p95' | 'p99' | 'max']: number };

/** A row of `realtime_system_metrics`, without when and where. */
export interface Measure extends Partial<Percentiles> {
  readonly name: string;
  readonly value: number;
  readonly histogram?: string;
}

/** The counters and timings of one process. Called on hot paths: nothing here waits or fails. */
export class Measures {
  #values = new Map<Counter | Level, number>();
  #distributions = new Map<Distribution, Histogram>();

  count(name: Counter, by = 1): void {
    if (by > 0) this.#values.set(name, (this.#values.get(name) ?? 0) + by);
  }

  level(name: Level, value: number): void {
    this.#values.set(name, Math.max(value, this.#values.get(name) ?? 0));
  }

  /** Clocks differ: what seems to lie in the future took no time. */
  time(name: Distribution, ms: number): void {
    const histogram = this.#distributions.get(name) ?? createHistogram();
    this.#distributions.set(name, histogram);
    histogram.recordValue(Math.max(0, Math.round(ms)));
  }

  /** Everything since the last time. */
  take(): Measure[] {
    const values = [...this.#values].map(([name, value]) => ({ name, value }));
    const distributions = [...this.#distributions].map(([name, histogram]) => ({
      name,
      value: histogram.totalCount,
      ...percentilesOf(histogram),
      histogram: encodeIntoCompressedBase64(histogram),
    }));
    this.#values = new Map();
    this.#distributions = new Map();
    return [...values, ...distributions];
  }
}

export const createHistogram = (): Histogram =>
  build({ useWebAssembly: false, autoResize: true, numberOfSignificantValueDigits: 2 });

export function percentilesOf(histogram: Histogram): Percentiles {
  const at = (percentile: number) => histogram.getValueAtPercentile(percentile);
  return { p50: at(50), p95: at(95), p99: at(99), max: histogram.maxValue };
}

import type { Overview } from '../../../../src/operate/processes/model.ts';

export type Buckets = NonNullable<Overview['processes'][number]['self']>['numbers']['deliveryLag'];

/** One pull of the overview, as the charts show it. */
export interface Moment {
  /** Seconds since the Unix epoch. */
  readonly at: number;
  readonly publications: number;
  readonly deliveries: number;
  readonly p50: number | undefined;
  readonly p99: number | undefined;
  /** From commit to screen. */
  readonly settled: Buckets;
}

/** The rates and percentiles between two pulls, over the processes that are in both. */
export function between(before: Overview, now: Overview): Moment {
  const seconds = Math.max(0.001, (Date.parse(now.timestamp) - Date.parse(before.timestamp)) / 1_000);
  let publications = 0;
  let deliveries = 0;
  const lags: Buckets[] = [];
  const settled: Buckets[] = [];
  for (const { id, self } of now.processes) {
    const earlier = before.processes.find((each) => each.id === id)?.self;
    if (!self || !earlier) continue;
    publications += Math.max(0, self.numbers.publications - earlier.numbers.publications);
    deliveries += Math.max(0, self.numbers.deliveries - earlier.numbers.deliveries);
    lags.push(difference(earlier.numbers.deliveryLag, self.numbers.deliveryLag));
    const [first, second] = [earlier.numbers.settleLag, self.numbers.settleLag];
    if (first && second) settled.push(difference(first, second));
  }
  const lag = sum(lags);
  return {
    at: Date.parse(now.timestamp) / 1_000,
    publications: publications / seconds,
    deliveries: deliveries / seconds,
    p50: quantile(lag, 0.5),
    p99: quantile(lag, 0.99),
    settled: sum(settled),
  };
}

/** From commit to screen: in the time of the charts, or since the processes began where no client told of that time. */
export function settledOf(moments: readonly Moment[], { processes }: Overview): Buckets {
  const latest = sum(moments.map(({ settled }) => settled).filter(({ length }) => length > 0));
  if (latest.at(-1)?.count) return latest;
  return sinceStart(processes, 'settleLag');
}

/** The observations of all processes since they began. */
export const sinceStart = (processes: Overview['processes'], name: 'settleLag' | 'deliveryLag'): Buckets =>
  sum(processes.flatMap(({ self }) => (self?.numbers[name] ? [self.numbers[name]] : [])));

/** Milliseconds, interpolated within a bucket as Prometheus does; undefined without an observation. */
export function quantile(buckets: Buckets, part: number): number | undefined {
  const total = buckets.at(-1)?.count ?? 0;
  if (total === 0) return undefined;
  const rank = part * total;
  let lower = { le: 0, count: 0 };
  for (const { le, count } of buckets) {
    if (count >= rank) {
      if (le === null) return lower.le * 1_000;
      const share = count === lower.count ? 1 : (rank - lower.count) / (count - lower.count);
      return (lower.le + (le - lower.le) * share) * 1_000;
    }
    lower = { le: le ?? lower.le, count };
  }
  return lower.le * 1_000;
}

const difference = (before: Buckets, now: Buckets): Buckets =>
  now.map(({ le, count }, index) => ({ le, count: count - (before[index]?.count ?? 0) }));

function sum(all: readonly Buckets[]): Buckets {
  const [first = [], ...rest] = all;
  return first.map(({ le, count }, index) => ({
    le,
    count: rest.reduce((total, each) => total + (each[index]?.count ?? 0), count),
  }));
}

const round = (value: number) =>
  value >= 100 ? String(Math.round(value)) : String(Number(value.toPrecision(2)));

export const sayMs = (ms: number | undefined | null): string =>
  ms === undefined || ms === null ? '–' : ms >= 1_000 ? `${round(ms / 1_000)} s` : `${round(ms)} ms`;

export const sayRate = (value: number | undefined | null): string =>
  value === undefined || value === null ? '–' : round(value);

export function sayBytes(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let value = bytes;
  let unit = 0;
  for (; value >= 1_024 && unit < units.length - 1; unit += 1) value /= 1_024;
  return `${round(value)} ${units[unit]}`;
}

/** The date and time of an instant, as the reader's device writes it. */
export const sayTime = (instant: string | null | undefined, language: string): string =>
  instant ? new Date(instant).toLocaleString(language, { dateStyle: 'short', timeStyle: 'medium' }) : '–';

export const shortId = (id: string): string => id.slice(-8);

/** Time that a chart shows. Seconds. */
const windowSeconds = 600;

/** The span of a chart in seconds: up to its latest value, or up to now while it has none. */
export function latestMinutes(latest: number | null, nowMs: number): [from: number, to: number] {
  const to = latest ?? nowMs / 1_000;
  return [to - windowSeconds, to];
}

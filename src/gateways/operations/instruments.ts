import { Counter, Gauge, Histogram, Registry } from 'prom-client';

/** The values of a label, and the number of each. */
type ByLabel = Readonly<Record<string, number>>;

/** The cumulative counts of a histogram by upper bound, null for infinity. */
export async function bucketsOf(
  histogram: Histogram,
): Promise<{ readonly le: number | null; readonly count: number }[]> {
  const { values } = await histogram.get();
  return values
    .filter(({ metricName }) => metricName?.endsWith('_bucket'))
    .map(({ labels, value }) => ({
      le: labels['le'] === '+Inf' ? null : Number(labels['le']),
      count: value,
    }));
}

/**
 * The metrics of one service under one prefix. Numbers are read when somebody asks, so that counting stays an
 * addition.
 */
export class Instruments {
  readonly #registry = new Registry();
  readonly #prefix: string;

  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  counter(name: string, help: string, read: () => number): void {
    new Counter({
      ...this.#common(name, help),
      collect() {
        this.reset();
        this.inc(read());
      },
    });
  }

  counterBy<Label extends string>(name: string, help: string, label: Label, read: () => ByLabel): void {
    new Counter({
      ...this.#common(name, help),
      labelNames: [label],
      collect() {
        this.reset();
        for (const [value, count] of Object.entries(read())) this.labels(value).inc(count);
      },
    });
  }

  gauge(name: string, help: string, read: () => number): void {
    new Gauge({
      ...this.#common(name, help),
      collect() {
        this.set(read());
      },
    });
  }

  gaugeBy<Label extends string>(name: string, help: string, label: Label, read: () => ByLabel): void {
    new Gauge({
      ...this.#common(name, help),
      labelNames: [label],
      collect() {
        for (const [value, count] of Object.entries(read())) this.labels(value).set(count);
      },
    });
  }

  /** `buckets` are upper bounds in the unit of the name. */
  histogram(name: string, help: string, buckets: readonly number[]): Histogram {
    return new Histogram({ ...this.#common(name, help), buckets: [...buckets] });
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  /** All of them in Prometheus' text form. */
  text(): Promise<string> {
    return this.#registry.metrics();
  }

  #common(name: string, help: string) {
    return { name: `${this.#prefix}${name}`, help, registers: [this.#registry] };
  }
}

/** Several measurements of one thing. */
export interface Summary {
  readonly median: number;
  readonly least: number;
  readonly largest: number;
}

export interface Comparison {
  readonly ours: Summary;
  readonly raw: Summary;
  /** Ours over raw of each pair of rounds. */
  readonly ratio: Summary;
  /** Whether the median ratio lies outside what raw Bun's own rounds differ from their median. */
  readonly distinguishable: boolean;
}

/** What is to be reached: a largest ratio to raw Bun, a largest amount of ours, or no difference that can be told. */
export type Target =
  | { readonly kind: 'ratio'; readonly most: number }
  | { readonly kind: 'amount'; readonly most: number }
  | { readonly kind: 'same' };

export type Verdict = 'reached' | 'missed' | 'not distinguishable' | '';

/** Throws on an empty list. */
export function summarize(values: readonly number[]): Summary {
  const sorted = values.toSorted((one, other) => one - other);
  const [least, largest] = [sorted.at(0), sorted.at(-1)];
  const low = sorted[Math.floor((sorted.length - 1) / 2)];
  const high = sorted[Math.ceil((sorted.length - 1) / 2)];
  if (least === undefined || largest === undefined || low === undefined || high === undefined) {
    throw new Error('Nothing was measured.');
  }
  return { median: (low + high) / 2, least, largest };
}

/** The rounds of both, in the order they were run: the first of ours is paired with the first of raw Bun's. */
export function compare(ours: readonly number[], raw: readonly number[]): Comparison {
  if (ours.length !== raw.length) throw new Error('Every round of ours needs one of raw Bun.');
  const ratio = summarize(raw.map((value, round) => (ours[round] ?? Number.NaN) / value));
  const base = summarize(raw);
  const inside = ratio.median >= base.least / base.median && ratio.median <= base.largest / base.median;
  return { ours: summarize(ours), raw: base, ratio, distinguishable: !inside };
}

/** A difference inside raw Bun's own spread is neither a pass nor a fail of a ratio. */
export function judge(comparison: Comparison, target: Target | undefined): Verdict {
  if (target?.kind === 'amount') return comparison.ours.median <= target.most ? 'reached' : 'missed';
  if (!comparison.distinguishable) return 'not distinguishable';
  if (!target) return '';
  return comparison.ratio.median <= (target.kind === 'ratio' ? target.most : 1) ? 'reached' : 'missed';
}

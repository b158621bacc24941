/** Several measurements of one thing. */
export interface Summary {
  readonly median: number;
  readonly least: number;
  readonly largest: number;
  /** The interval in which the median of endless rounds lies with a probability of 96 % (nine rounds; fewer give less). */
  readonly likely: { readonly from: number; readonly to: number };
}

export interface Comparison {
  readonly ours: Summary;
  readonly raw: Summary;
  /** Ours over raw of each pair of rounds. */
  readonly ratio: Summary;
  /** Whether the median ratio lies outside what raw Bun's own rounds differ from their median. */
  readonly distinguishable: boolean;
}

/** The target: a largest ratio to raw Bun, an amount of ours, or no difference that can be told. */
export type Target =
  | { readonly kind: 'ratio'; readonly most: number }
  | { readonly kind: 'amount'; readonly most: number }
  | { readonly kind: 'least'; readonly least: number }
  | { readonly kind: 'same' };

export type Verdict = 'reached' | 'missed' | 'at the limit' | 'not distinguishable' | '';

/** `cost = intercept + slope × size`. */
export interface Line {
  readonly slope: number;
  readonly intercept: number;
}

/** Throws on an empty list. */
export function summarize(values: readonly number[]): Summary {
  const sorted = values.toSorted((one, other) => one - other);
  const [least, largest] = [sorted.at(0), sorted.at(-1)];
  const low = sorted[Math.floor((sorted.length - 1) / 2)];
  const high = sorted[Math.ceil((sorted.length - 1) / 2)];
  if (least === undefined || largest === undefined || low === undefined || high === undefined) {
    throw new Error('Nothing was measured.');
  }
  // The second ones from either end of nine or more; the ends of fewer.
  const cut = sorted.length >= 9 ? 1 : 0;
  const likely = { from: sorted.at(cut) ?? least, to: sorted.at(-1 - cut) ?? largest };
  return { median: (low + high) / 2, least, largest, likely };
}

/** The rounds of both, in the order they were run: the first of ours is paired with the first of raw Bun's. */
export function compare(ours: readonly number[], raw: readonly number[]): Comparison {
  if (ours.length !== raw.length) throw new Error('Every round of ours needs one of raw Bun.');
  const ratio = summarize(raw.map((value, round) => (ours[round] ?? Number.NaN) / value));
  const base = summarize(raw);
  const inside = ratio.median >= base.least / base.median && ratio.median <= base.largest / base.median;
  return { ours: summarize(ours), raw: base, ratio, distinguishable: !inside };
}

/** `whole` is what the cost is a part of, the cost itself when left out; above 0. */
type Point = readonly [size: number, cost: number, whole?: number];

/** The line nearest to the points, each weighed by its whole: they are wrong by a share of it, not by an amount. */
export function fitLine(points: readonly Point[]): Line {
  let [weights, sizes, costs, squares, products] = [0, 0, 0, 0, 0];
  for (const [size, cost, whole = cost] of points) {
    const weight = 1 / (whole * whole);
    weights += weight;
    sizes += weight * size;
    costs += weight * cost;
    squares += weight * size * size;
    products += weight * size * cost;
  }
  const slope = (weights * products - sizes * costs) / (weights * squares - sizes * sizes);
  return { slope, intercept: (costs - slope * sizes) / weights };
}

/** A target within what the rounds leave open is neither reached nor missed. */
export function judgeAmount({ likely }: Summary, target: Target): Verdict {
  switch (target.kind) {
    case 'same':
      return '';
    case 'least':
      if (likely.from >= target.least) return 'reached';
      return likely.to < target.least ? 'missed' : 'at the limit';
    default:
      if (likely.to <= target.most) return 'reached';
      return likely.from > target.most ? 'missed' : 'at the limit';
  }
}

/** A difference inside raw Bun's own spread is neither a pass nor a fail of a ratio. */
export function judge(comparison: Comparison, target: Target | undefined): Verdict {
  if (target?.kind === 'amount' || target?.kind === 'least') return judgeAmount(comparison.ours, target);
  if (!comparison.distinguishable) return 'not distinguishable';
  if (!target) return '';
  return judgeAmount(comparison.ratio, target.kind === 'same' ? { kind: 'ratio', most: 1 } : target);
}

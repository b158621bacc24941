/** Place of a publication in its channel's log. */
export interface Entry {
  readonly epoch: string;
  readonly offset: number;
  readonly text: string;
}

/** The part of the log that a phone says it has, and what its handler was given. */
export interface Account {
  /** The position after which it reads; undefined until it has subscribed. */
  readonly from: Place | undefined;
  /** The position that it holds. */
  readonly to: Place | undefined;
  readonly seen: readonly Entry[];
  /** Number of times that it was told that a part of the log was gone. */
  readonly told: number;
}

export interface Place {
  readonly epoch: string;
  readonly offset: number;
}

export interface Counts {
  /** In the log, at or before the phone's position, and never handed over. */
  readonly lost: number;
  readonly doubled: number;
  readonly told: number;
  /** In the log behind its position: still to come. */
  readonly behind: number;
}

/** Holds what a phone was given against the log. */
export function countsOf(log: readonly Entry[], { from, to, seen, told }: Account): Counts {
  const nothing = { lost: 0, doubled: 0, told, behind: 0 };
  if (!from || !to) return nothing;
  const given = new Map<string, number>();
  for (const entry of seen) given.set(keyOf(entry), (given.get(keyOf(entry)) ?? 0) + 1);
  const meant = log.filter(({ epoch, offset }) => epoch === from.epoch && offset > from.offset);
  return {
    lost: meant.filter((entry) => entry.offset <= to.offset && !given.has(keyOf(entry))).length,
    behind: meant.filter((entry) => entry.offset > to.offset && !given.has(keyOf(entry))).length,
    doubled: [...given.values()].reduce((sum, times) => sum + times - 1, 0),
    told,
  };
}

export const sumOf = (all: readonly Counts[]): Counts =>
  all.reduce(
    (sum, { lost, doubled, told, behind }) => ({
      lost: sum.lost + lost,
      doubled: sum.doubled + doubled,
      told: sum.told + told,
      behind: sum.behind + behind,
    }),
    { lost: 0, doubled: 0, told: 0, behind: 0 },
  );

const keyOf = ({ epoch, offset }: Entry) => `${epoch}:${offset}`;

/** `epoch:offset` as the client writes it. */
export function placeOf(position: string | null): Place | undefined {
  const colon = position?.lastIndexOf(':') ?? -1;
  if (!position || colon < 0) return undefined;
  return { epoch: position.slice(0, colon), offset: Number(position.slice(colon + 1)) };
}

import type { AwayRow } from './channel-reads.ts';
import type { Lag, Reader } from './model.ts';
import { type LiveReaders, maxFurthest } from './readers.ts';

interface Undated extends Omit<Lag, 'oldestMs' | 'sentence'> {
  /** With the age of the oldest publication that a reader has not. */
  dated(oldestMs: number | null): Lag;
}

/** The readers of all processes and those who are away, together. `head` is the offset of the channel. */
export function lagOf(
  head: number,
  here: readonly LiveReaders[],
  away: readonly AwayRow[],
  unread: boolean,
): Undated {
  const sum = (of: (each: LiveReaders) => number) => here.reduce((total, each) => total + of(each), 0);
  const gone = away.map((row) => readerOf(row, head));
  const goneBehind = gone.filter(({ behind }) => behind > 0);
  const furthest = [...here.flatMap((each) => each.furthest), ...goneBehind]
    .sort((one, other) => other.behind - one.behind)
    .slice(0, maxFurthest);
  const live = sum((each) => each.live);
  const behind = sum((each) => each.behind) + goneBehind.length;
  const readers = live + gone.length;
  const undated = { readers, live, atHead: readers - behind, behind, unread, furthest };
  return {
    ...undated,
    dated: (oldestMs) => ({ ...undated, oldestMs, sentence: sentenceOf(undated, oldestMs) }),
  };
}

/** A position of another life of the log says only that nothing of this one is known. */
function readerOf({ userId, deviceId, transport, isOfLife, offset, seenAt }: AwayRow, head: number): Reader {
  const known = isOfLife ? offset : 0;
  const behind = Math.max(0, head - known);
  return { userId, deviceId, transport, sessionId: null, offset: known, behind, by: 'left', seenAt };
}

function sentenceOf({ readers, atHead, behind }: Omit<Undated, 'dated'>, oldestMs: number | null): string {
  if (readers === 0) return 'nobody reads it, and nobody who left is known';
  const start = `${atHead} of ${readers} at the head`;
  if (behind === 0) return start;
  const age = oldestMs === null ? '' : `, the oldest by ${spanOf(oldestMs)}`;
  return `${start}, ${behind} behind${age}`;
}

const units: readonly (readonly [ms: number, name: string])[] = [
  [86_400_000, 'day'],
  [3_600_000, 'hour'],
  [60_000, 'minute'],
  [1_000, 'second'],
];

/** A span of time in the largest unit that it fills. */
export function spanOf(ms: number): string {
  const [size, name] = units.find(([unit]) => ms >= unit) ?? [1_000, 'second'];
  const count = Math.max(1, Math.floor(ms / size));
  return `${count} ${name}${count === 1 ? '' : 's'}`;
}

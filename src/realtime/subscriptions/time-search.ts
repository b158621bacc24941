import type { Position } from '../../protocol/wire/position.ts';
import type { EventLog } from '../ports/event-log.ts';

/**
 * The position after which everything that was published at `time` (milliseconds since the Unix epoch) or later
 * follows: inclusive, so that a clock that stands still for several publications hides none of them. Where older
 * publications are pruned and `time` is before what is left, it is the beginning, which reads as unrecoverable.
 */
export async function positionBefore(log: EventLog, channel: string, time: number): Promise<Position> {
  const { head, publications } = await log.read(channel, 0, 1);
  const [first] = publications;
  if (!first || Date.parse(first.timestamp) >= time) return { epoch: head.epoch, offset: 0 };
  // Timestamps of a channel never run backwards: `early` is before the time, what follows `late` is not.
  let early = first.offset;
  let late = head.offset;
  while (early < late) {
    const middle = Math.floor((early + late) / 2);
    const [next] = (await log.read(channel, middle, 1)).publications;
    if (next && Date.parse(next.timestamp) < time) early = next.offset;
    else late = middle;
  }
  return { epoch: head.epoch, offset: early };
}

/** The position before everything the log still holds of the channel. */
export async function oldestPosition(log: EventLog, channel: string): Promise<Position> {
  const { head, publications } = await log.read(channel, 0, 1);
  const [first] = publications;
  return first ? { epoch: head.epoch, offset: first.offset - 1 } : head;
}

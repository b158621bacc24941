import type { ChannelReader } from '../../protocol/wire/exclusion.ts';
import type { Position } from '../../protocol/wire/position.ts';
import type { History } from '../channels/history.ts';
import type { Delivery } from '../ports/transport.ts';
import { givenTo, maxSyncCharacters, type SyncResult } from './recovery.ts';

/** Publications that one read brings at most. */
const mostAtOnce = 100;

interface Channel {
  readonly name: string;
  readonly wireName: string;
}

/**
 * A page of what the channel holds before a position, or before its end: the newest last, and its `position` that of
 * the oldest. A position of another life gives an empty page that is not `recovered`.
 */
export async function readBefore(
  history: History,
  channel: Channel,
  before: Position | undefined,
  limit: number,
  reader: ChannelReader,
): Promise<SyncResult> {
  const head = await history.head(channel);
  const empty = { publications: [], more: false };
  if (before && before.epoch !== head.epoch) {
    return { ...empty, position: head, recovered: false };
  }
  const { epoch } = head;
  const publications: string[] = [];
  let oldest = Math.min(before?.offset ?? Number.POSITIVE_INFINITY, head.offset + 1);
  let characters = 0;
  for (let more = oldest > 1; more; ) {
    // One more than wanted tells whether there are more.
    const run = await runBefore(history, channel, epoch, oldest, limit - publications.length + 1);
    for (const delivery of run.toReversed()) {
      const { text } = givenTo(reader, delivery, channel.wireName, { epoch, offset: 0 });
      characters += text.length;
      const isFull =
        publications.length === limit || (characters > maxSyncCharacters && publications.length > 0);
      if (isFull) return page(true);
      publications.push(text);
      oldest = delivery.publication.offset;
    }
    more = run.length > 0 && oldest > 1;
  }
  return page(false);

  function page(more: boolean): SyncResult {
    return {
      publications: publications.reverse(),
      position: { epoch, offset: oldest },
      recovered: true,
      more,
    };
  }
}

/**
 * Consecutive publications that end just before `offset`, at most `most` and at least one unless it is gone. The log
 * reads forwards and not more than a megabyte at once: where that ends too early, the way to the end is halved.
 */
async function runBefore(
  history: History,
  channel: Channel,
  epoch: string,
  offset: number,
  most: number,
): Promise<readonly Delivery[]> {
  let size = Math.min(most, mostAtOnce, offset - 1);
  while (size > 0) {
    const { head, deliveries } = await history.range(channel, offset - 1 - size, size);
    if (head.epoch !== epoch) return [];
    if (deliveries.at(-1)?.publication.offset === offset - 1) return deliveries;
    size = Math.floor(size / 2);
  }
  return [];
}

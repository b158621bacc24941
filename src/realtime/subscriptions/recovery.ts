import { type ChannelReader, keptBy } from '../../protocol/wire/exclusion.ts';
import type { Position } from '../../protocol/wire/position.ts';
import { type Block, type History, skippedDelivery } from '../channels/history.ts';
import type { Delivery } from '../ports/transport.ts';

/** Everything after `position` follows on this session; `recovered` says whether `since` could be honoured. */
export interface Subscribed {
  readonly position: Position;
  readonly recovered?: boolean;
}

export interface SyncResult {
  /** JSON texts of publication frames, oldest first. */
  readonly publications: readonly string[];
  readonly position: Position;
  readonly recovered: boolean;
  /** Whether the page ends before the channel does. */
  readonly more: boolean;
}

/** Characters of publications in one page of the log; the position in it tells where to go on. */
export const maxSyncCharacters = 256 * 1024;

/**
 * A page of history for a client that keeps its own copy. Without `since`, from the beginning. `tail` is what is known
 * without a read, where that is everything after `since`.
 */
export async function readSince(
  history: History,
  channel: { readonly name: string; readonly wireName: string },
  since: Position | undefined,
  limit: number,
  reader: ChannelReader,
  tail?: Block,
): Promise<SyncResult> {
  const publications: string[] = [];
  let epoch = since?.epoch;
  let offset = since?.offset ?? 0;
  let characters = 0;
  for (let known = tail; ; known = undefined) {
    const block = known ?? (await history.after(channel, epoch, offset));
    epoch ??= block.head.epoch;
    if (!continuesAt(block, epoch, offset)) {
      // The log changed under the reading, so the publications read before cannot be vouched for.
      return { publications: [], position: block.head, recovered: false, more: false };
    }
    for (const delivery of block.deliveries) {
      const { text } = givenTo(reader, delivery, channel.wireName, { epoch, offset: since?.offset ?? 0 });
      characters += text.length;
      const full =
        publications.length === limit || (characters > maxSyncCharacters && publications.length > 0);
      if (full) return page(true);
      publications.push(text);
      offset += 1;
    }
    if (offset >= block.head.offset) return page(false);
  }

  function page(more: boolean): SyncResult {
    return { publications, position: { epoch: epoch ?? '', offset }, recovered: true, more };
  }
}

export function givenTo(
  reader: ChannelReader,
  delivery: Delivery,
  wireName: string,
  began: Position,
): Delivery {
  const { exclude } = delivery.publication;
  if (exclude === undefined || !keptBy(exclude)(reader, began)) return delivery;
  return skippedDelivery(delivery, wireName);
}

/** Whether the log still holds everything after `offset` of the life `epoch`. */
export function continuesAt({ head, deliveries }: Block, epoch: string, offset: number): boolean {
  if (head.epoch !== epoch || head.offset < offset) return false;
  return head.offset === offset || deliveries[0]?.publication.offset === offset + 1;
}

import { type ChannelReader, keptBy } from '../../protocol/wire/exclusion.ts';
import type { Position } from '../../protocol/wire/position.ts';
import { type Block, type History, skippedDelivery } from '../channels/history.ts';
import type { LiveChannel } from '../channels/live-channel.ts';
import type { Delivery } from '../ports/transport.ts';
import type { Session } from '../sessions/session.ts';

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

/** A session that missed more than this fetches a snapshot instead. */
export const maxMissed = 10_000;
/** Characters of publications in one page of the log; the position in it tells where to go on. */
export const maxSyncCharacters = 256 * 1024;

/**
 * Joins the session to the live channel at its head, after the publications that it missed: backfill, cutover, live. The
 * cutover sends the rest from the tail of the channel and joins in one synchronous turn, so nothing falls between
 * history and live, and nothing is buffered per session. Returns how it went; undefined when there was nothing to
 * recover.
 */
export async function joinSince(
  session: Session,
  live: LiveChannel,
  since: Position | undefined,
  reply: (answer: Subscribed) => void,
): Promise<'recovered' | 'lost' | undefined> {
  if (!since) return joinAtHead();
  // A client that heard of a new life elsewhere comes before this process has. The first read of the end may have begun
  // before the client asked; the second one has not.
  for (let reads = 0; reads < 2 && since.epoch !== live.position.epoch; reads++) await live.checkLife();
  if (session.closed) return undefined;
  let { offset } = since;
  let replied = false;
  while (since.epoch === live.position.epoch && live.position.offset - offset <= maxMissed) {
    const rest = live.tailAfter(offset);
    if (rest) {
      answerOnce(since);
      for (const delivery of rest) give(delivery, since);
      live.join(session, since.offset);
      return 'recovered';
    }
    const block = await live.historyAfter(offset);
    if (session.closed) return undefined;
    if (!continuesAt(block, since.epoch, offset)) break;
    answerOnce(since);
    // The client may have heard more elsewhere than this process has yet: the live channel catches up by itself.
    live.hearOf(block.head);
    for (const delivery of block.deliveries) {
      if (delivery.publication.offset > live.position.offset) break;
      give(delivery, since);
      offset = delivery.publication.offset;
      // The missed publications of a slow reader wait in the log, not in its send buffer (R4).
      if (session.transport.congested) await session.transport.drained();
      if (session.closed) return undefined;
    }
    if (since.epoch === live.position.epoch && offset > live.position.offset) {
      live.join(session, since.offset);
      return 'recovered';
    }
  }
  return joinAtHead(false);

  function give(delivery: Delivery, began: Position): void {
    session.transport.deliver(givenTo(session, delivery, live.wireName, began));
  }
  function joinAtHead(recovered?: false): 'lost' | undefined {
    const { position } = live;
    reply(recovered === undefined ? { position } : { position, recovered });
    live.join(session);
    return recovered === false ? 'lost' : undefined;
  }
  function answerOnce(from: Position): void {
    if (!replied) reply({ position: from, recovered: true });
    replied = true;
  }
}

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
function continuesAt({ head, deliveries }: Block, epoch: string, offset: number): boolean {
  if (head.epoch !== epoch || head.offset < offset) return false;
  return head.offset === offset || deliveries[0]?.publication.offset === offset + 1;
}

import { formatPosition, type Position } from '../protocol/position.ts';
import { encodePublication } from '../protocol/publication.ts';
import type { LiveChannel } from './live-channel.ts';
import type { EventLog, Page } from './ports/event-log.ts';
import type { Session } from './session.ts';

/** Everything after `position` follows on this session; `recovered` says whether `since` could be honoured. */
export interface Subscribed {
  readonly position: string;
  readonly recovered?: boolean;
}

export interface SyncResult {
  /** JSON texts of publication frames, oldest first. */
  readonly publications: readonly string[];
  readonly position: string;
  readonly recovered: boolean;
}

const pageSize = 100;
/** A session that missed more than this fetches a snapshot instead. */
export const maxMissed = 10_000;
/** Bytes of publications in one sync_response; the position in it tells where to go on. */
const maxSyncBytes = 256 * 1024;

/**
 * Joins the session to the live channel at its head, after what it missed (design §5). The last page and the join
 * happen in one synchronous turn, so nothing falls between history and live, and nothing is buffered per session.
 */
export async function joinSince(
  session: Session,
  live: LiveChannel,
  since: Position | undefined,
  log: EventLog,
  reply: (answer: Subscribed) => void,
): Promise<void> {
  if (!since) return joinAtHead();
  let { offset } = since;
  let replied = false;
  while (since.epoch !== live.position.epoch || offset !== live.position.offset) {
    const page = await log.read(live.name, offset, pageSize);
    if (session.closed) return;
    if (!continuesAt(page, since.epoch, offset) || page.head.offset - since.offset > maxMissed) {
      return joinAtHead(false);
    }
    // The client may have heard more elsewhere than this process has yet: the live channel catches up by itself.
    live.hearOf(page.head.offset);
    answerOnce();
    for (const publication of page.publications) {
      if (publication.offset > live.position.offset) break;
      session.transport.deliver({ publication, text: encodePublication(publication, live.wireName) });
      offset = publication.offset;
      // What a slow reader missed waits in the log, not in its send buffer (R4).
      if (session.transport.congested) await session.transport.drained();
      if (session.closed) return;
    }
    if (offset >= live.position.offset) break;
  }
  answerOnce();
  live.join(session);

  function joinAtHead(recovered?: false): void {
    const position = formatPosition(live.position);
    reply(recovered === undefined ? { position } : { position, recovered });
    live.join(session);
  }
  function answerOnce(): void {
    if (!replied && since) reply({ position: formatPosition(since), recovered: true });
    replied = true;
  }
}

/** A page of history for a client that keeps its own copy. Without `since`, from the beginning. */
export async function readSince(
  log: EventLog,
  channel: { readonly name: string; readonly wireName: string },
  since: Position | undefined,
  limit: number,
): Promise<SyncResult> {
  const after = since?.offset ?? 0;
  const page = await log.read(channel.name, after, limit);
  if (!continuesAt(page, since?.epoch ?? page.head.epoch, after)) {
    return { publications: [], position: formatPosition(page.head), recovered: false };
  }
  const publications: string[] = [];
  let offset = after;
  let bytes = 0;
  for (const publication of page.publications) {
    const text = encodePublication(publication, channel.wireName);
    bytes += text.length;
    if (bytes > maxSyncBytes && publications.length > 0) break;
    publications.push(text);
    offset = publication.offset;
  }
  return { publications, position: formatPosition({ epoch: page.head.epoch, offset }), recovered: true };
}

/** Whether the log still holds everything after `offset` of the life `epoch`. */
function continuesAt(page: Page, epoch: string, offset: number): boolean {
  if (page.head.epoch !== epoch || page.head.offset < offset) return false;
  return page.head.offset === offset || page.publications[0]?.offset === offset + 1;
}

import type { Position } from '../../protocol/wire/position.ts';
import type { Publication } from '../../protocol/wire/publication.ts';
import type { Appended, Draft, EventLog, Page, Retention } from '../ports/event-log.ts';
import { contentOf, keyConflict } from '../publishing/idempotency.ts';

interface Channel {
  readonly epoch: string;
  /** The publications that are kept, oldest first. */
  publications: Publication[];
  /** Offset of the newest publication. */
  head: number;
  readonly keys: Map<string, Keyed>;
  /** When it was first looked at without a publication. */
  openedAt?: number;
}

interface Keyed {
  readonly publication: Publication;
  /** See `contentOf`. */
  readonly content: string;
}

interface Options {
  /** Milliseconds since the Unix epoch. */
  readonly now: () => number;
  /** Names the life of a channel: letters and digits, never the same twice. */
  readonly createEpoch: () => string;
}

const keyLifetimeMs = 24 * 3_600_000;
const unusedMs = 3_600_000;
const maxPageBytes = 1_048_576;

/** The log of a process without a database: complete, and gone with the process. */
export class MemoryEventLog implements EventLog {
  readonly #channels = new Map<string, Channel>();
  readonly #options: Options;
  #lastTime = 0;

  constructor(options: Options) {
    this.#options = options;
  }

  async append(drafts: readonly Draft[]): Promise<readonly Appended[]> {
    // All or none: every check that can fail comes before the first channel changes.
    for (const draft of drafts) JSON.parse(draft.data);
    this.#lastTime = Math.max(this.#lastTime, this.#options.now());
    this.#refuseConflicts(drafts);
    return drafts.map((draft) => this.#add(draft));
  }

  async head(channel: string): Promise<Position> {
    return headOf(this.#channel(channel));
  }

  async heads(channels: readonly string[]): Promise<ReadonlyMap<string, Position>> {
    const known = channels.flatMap((name) => {
      const channel = this.#channels.get(name);
      return channel ? [[name, headOf(channel)] as const] : [];
    });
    return new Map(known);
  }

  async read(channel: string, after: number, limit: number): Promise<Page> {
    const { publications, ...rest } = this.#channel(channel);
    const start = publications.findIndex(({ offset }) => offset > after);
    const page = start === -1 ? [] : publications.slice(start, start + limit);
    return { head: headOf(rest), publications: page.slice(0, fittingCount(page)) };
  }

  async prune(
    namespace: string,
    { ageMs, count }: Retention,
    limit: number,
    channels?: readonly string[],
  ): Promise<number> {
    const now = this.#options.now();
    let removed = 0;
    for (const [name, channel] of this.#channels) {
      for (const [key, { publication }] of channel.keys) {
        if (now - Date.parse(publication.timestamp) > keyLifetimeMs) channel.keys.delete(key);
      }
      if (name.split(':')[0] !== namespace) continue;
      const { publications, head } = channel;
      const mayBeMany = channels?.includes(name) ?? true;
      const kept = publications.findIndex(
        ({ offset, timestamp }) =>
          (!mayBeMany || offset > head - count) && now - Date.parse(timestamp) <= ageMs,
      );
      const due = Math.min(kept === -1 ? publications.length : kept, limit - removed);
      channel.publications = publications.slice(due);
      removed += due;
    }
    return removed;
  }

  async forgetUnused(live: readonly string[], limit: number): Promise<number> {
    const now = this.#options.now();
    let looked = 0;
    for (const [name, channel] of this.#channels) {
      if (channel.head > 0 || looked === limit) continue;
      if (live.includes(name)) channel.openedAt = now;
      channel.openedAt ??= now;
      if (now - channel.openedAt <= unusedMs) continue;
      this.#channels.delete(name);
      looked++;
    }
    return looked;
  }

  #add(draft: Draft): Appended {
    const { sourceUserId: _, idempotencyKey, idempotencyContext: __, ...content } = draft;
    const channel = this.#channel(draft.channel);
    const { epoch, keys } = channel;
    const first = this.#known(draft)?.publication;
    if (first) {
      const { id, offset, timestamp } = first;
      return { ...content, id, epoch, offset, timestamp, repeated: true };
    }
    channel.head += 1;
    const timestamp = new Date(this.#lastTime).toISOString();
    const publication = { ...content, epoch, offset: channel.head, timestamp };
    channel.publications.push(publication);
    if (idempotencyKey !== undefined) keys.set(idempotencyKey, { publication, content: contentOf(draft) });
    return publication;
  }

  #refuseConflicts(drafts: readonly Draft[]): void {
    const given = new Map<string, string>();
    for (const draft of drafts) {
      if (draft.idempotencyKey === undefined) continue;
      const name = JSON.stringify([draft.channel, draft.idempotencyKey]);
      const content = contentOf(draft);
      const first = given.get(name) ?? this.#known(draft)?.content ?? content;
      if (first !== content) throw keyConflict();
      given.set(name, content);
    }
  }

  #known({ channel, idempotencyKey }: Draft): Keyed | undefined {
    const known =
      idempotencyKey === undefined ? undefined : this.#channels.get(channel)?.keys.get(idempotencyKey);
    const isAlive = known && this.#lastTime - Date.parse(known.publication.timestamp) < keyLifetimeMs;
    return isAlive ? known : undefined;
  }

  #channel(name: string): Channel {
    let channel = this.#channels.get(name);
    if (!channel) {
      channel = {
        epoch: this.#options.createEpoch(),
        publications: [],
        head: 0,
        keys: new Map(),
      };
      this.#channels.set(name, channel);
    }
    return channel;
  }
}

function headOf({ epoch, head }: Pick<Channel, 'epoch' | 'head'>): Position {
  return { epoch, offset: head };
}

/** The number of publications from the beginning that make a megabyte together; the first one always counts. */
function fittingCount(page: readonly Publication[]): number {
  const encoder = new TextEncoder();
  let bytes = 0;
  const over = page.findIndex(({ data }, index) => {
    bytes += encoder.encode(data).length;
    return index > 0 && bytes > maxPageBytes;
  });
  return over === -1 ? page.length : over;
}

import type { Position } from '../../protocol/position.ts';
import type { Publication } from '../../protocol/publication.ts';
import type { Draft, EventLog, Page } from '../ports/event-log.ts';

interface Channel {
  readonly epoch: string;
  readonly publications: Publication[];
}

interface Options {
  /** Milliseconds since the Unix epoch. */
  readonly now: () => number;
  /** Names the life of a channel: letters and digits, never the same twice. */
  readonly createEpoch: () => string;
}

/** The log of a process without a database: complete, and gone with the process. */
export class MemoryEventLog implements EventLog {
  readonly #channels = new Map<string, Channel>();
  readonly #options: Options;
  #lastTime = 0;

  constructor(options: Options) {
    this.#options = options;
  }

  async append(drafts: readonly Draft[]): Promise<readonly Publication[]> {
    // All or none: whatever can fail does so before the first channel changes.
    for (const draft of drafts) JSON.parse(draft.data);
    this.#lastTime = Math.max(this.#lastTime, this.#options.now());
    const timestamp = new Date(this.#lastTime).toISOString();
    return drafts.map((draft) => {
      const { epoch, publications } = this.#channel(draft.channel);
      const { sourceUserId: _, ...content } = draft;
      const publication = { ...content, epoch, offset: publications.length + 1, timestamp };
      publications.push(publication);
      return publication;
    });
  }

  async head(channel: string): Promise<Position> {
    const { epoch, publications } = this.#channel(channel);
    return { epoch, offset: publications.length };
  }

  async read(channel: string, after: number, limit: number): Promise<Page> {
    const { epoch, publications } = this.#channel(channel);
    const head = { epoch, offset: publications.length };
    return { head, publications: publications.slice(after, after + limit) };
  }

  #channel(name: string): Channel {
    let channel = this.#channels.get(name);
    if (!channel) {
      channel = { epoch: this.#options.createEpoch(), publications: [] };
      this.#channels.set(name, channel);
    }
    return channel;
  }
}

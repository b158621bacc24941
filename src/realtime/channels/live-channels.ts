import { channelSegments } from '../../protocol/wire/channel-name.ts';
import { LiveChannel, type LiveChannelDeps } from './live-channel.ts';
import type { ChannelToOpen } from './namespace.ts';

/** Channels asked about in one query. */
const headsAtOnce = 5_000;
/** An open channel stays so long without a holder: readers reload a page, poll, or lose their network. Milliseconds. */
const lingerMs = 5_000;
/** More of them are closed at once, so that a client that names ever new channels costs a bounded memory. */
const maxLingering = 10_000;

/**
 * The channels with subscribers in this process. The first holder opens one. Some seconds after the last holder it is
 * closed, so that a reader who comes back asks the log for nothing.
 */
export class LiveChannels {
  readonly #live = new Map<string, LiveChannel>();
  /** The open channels without a holder, each with the time of its close on the monotonic clock: the next one first. */
  readonly #lingering = new Map<LiveChannel, number>();
  #closing: Disposable | undefined;
  readonly #deps: LiveChannelDeps;
  #checking: Promise<void> | undefined;
  #checkAgain = false;

  constructor(deps: LiveChannelDeps) {
    this.#deps = deps;
  }

  get(name: string): LiveChannel | undefined {
    return this.#live.get(name);
  }

  hold(channel: ChannelToOpen): LiveChannel {
    let live = this.#live.get(channel.name);
    if (!live) {
      live = new LiveChannel(channel, this.#deps);
      this.#live.set(channel.name, live);
    }
    if (live.holders === 0) this.#lingering.delete(live);
    live.holders += 1;
    return live;
  }

  release(live: LiveChannel): void {
    live.holders -= 1;
    if (live.holders > 0) return;
    if (live.isOpen && !live.isInternal && this.#lingering.size < maxLingering) this.#linger(live);
    else this.#close(live);
  }

  /** Namespaces with subscribers, sorted. */
  namespaces(): string[] {
    return [...new Set(this.#subscribed().map((live) => channelSegments(live.name)[0]))].sort();
  }

  /** Channels with subscribers. */
  get size(): number {
    return this.#subscribed().length;
  }

  get subscriptions(): number {
    return this.#subscribed().reduce((sum, live) => sum + live.subscribers.size, 0);
  }

  /** Channels that are open and have no publication. */
  unpublished(): string[] {
    return [...this.#live.values()].flatMap((live) =>
      live.isOpen && live.position.offset === 0 ? [live.name] : [],
    );
  }

  /**
   * Compares every head with the log and repairs what lags (R1): a broker that lost something, or everything, is made
   * up for. Asked again while a comparison runs, it compares once more.
   */
  checkHeads(): Promise<void> {
    if (this.#checking) this.#checkAgain = true;
    this.#checking ??= this.#compare().finally(() => {
      this.#checking = undefined;
    });
    return this.#checking;
  }

  close(): void {
    this.#closing?.[Symbol.dispose]();
    this.#lingering.clear();
    for (const live of this.#live.values()) live.close();
    this.#live.clear();
  }

  #close(live: LiveChannel): void {
    live.close();
    this.#live.delete(live.name);
  }

  #linger(live: LiveChannel): void {
    const { clock } = this.#deps;
    live.rest();
    this.#lingering.set(live, clock.monotonic() + lingerMs);
    this.#closing ??= clock.after(lingerMs, () => this.#closeLingering());
  }

  #closeLingering(): void {
    const { clock } = this.#deps;
    const now = clock.monotonic();
    this.#closing = undefined;
    for (const [live, due] of this.#lingering) {
      if (due > now) {
        this.#closing = clock.after(due - now, () => this.#closeLingering());
        return;
      }
      this.#lingering.delete(live);
      this.#close(live);
    }
  }

  /** Without those of the engine itself, which serve nobody. */
  #subscribed(): LiveChannel[] {
    return [...this.#live.values()].filter((live) => live.subscribers.size > 0 && !live.isInternal);
  }

  async #compare(): Promise<void> {
    do {
      this.#checkAgain = false;
      const opened = [...this.#live.values()].filter((live) => live.isOpen && !live.unchecked);
      for (let from = 0; from < opened.length; from += headsAtOnce) {
        const asked = opened
          .slice(from, from + headsAtOnce)
          .map((live) => ({ live, position: live.position }));
        const heads = await this.#deps.log.heads(asked.map(({ live }) => live.name));
        for (const { live, position } of asked) {
          // Every open channel has its row: one that is gone was emptied, and begins a new life.
          live.check(heads.get(live.name) ?? (await this.#deps.log.head(live.name)), position);
        }
      }
    } while (this.#checkAgain);
  }
}

import type { LiveChannel } from '../channels/live-channel.ts';

/** Up to so many are found by looking at each. */
const fewChannels = 8;

/**
 * The channels that one session reads, by wire name, in the order in which it subscribed. Most sessions have a handful,
 * for which a list takes a third of the memory of a map.
 */
export class OwnChannels {
  #channels: LiveChannel[] | Map<string, LiveChannel> | undefined;

  get size(): number {
    const channels = this.#channels;
    if (channels === undefined) return 0;
    return Array.isArray(channels) ? channels.length : channels.size;
  }

  get(wireName: string): LiveChannel | undefined {
    const channels = this.#channels;
    return Array.isArray(channels)
      ? channels.find((live) => live.wireName === wireName)
      : channels?.get(wireName);
  }

  has(wireName: string): boolean {
    return this.get(wireName) !== undefined;
  }

  /** To be called for a channel of another wire name than all before. */
  add(live: LiveChannel): void {
    const channels = this.#channels;
    if (channels === undefined) this.#channels = [live];
    else if (!Array.isArray(channels)) channels.set(live.wireName, live);
    else if (channels.length < fewChannels) channels.push(live);
    else this.#channels = new Map([...channels, live].map((each) => [each.wireName, each]));
  }

  delete(wireName: string): void {
    const channels = this.#channels;
    if (!Array.isArray(channels)) channels?.delete(wireName);
    else this.#channels = channels.filter((live) => live.wireName !== wireName);
  }

  keys(): Iterable<string> {
    return this.#list().map(({ wireName }) => wireName);
  }

  /** Over the channels of the moment: what comes and goes meanwhile changes nothing. */
  [Symbol.iterator](): Iterator<readonly [wireName: string, live: LiveChannel]> {
    return this.#list()
      .map((live) => [live.wireName, live] as const)
      .values();
  }

  #list(): readonly LiveChannel[] {
    return Array.isArray(this.#channels) ? this.#channels : [...(this.#channels?.values() ?? [])];
  }
}

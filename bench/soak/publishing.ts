import { floodChannel } from './world.ts';

/** Publications by HTTP at an even rate, one by one and in batches, until the signal. */
export class Publishing {
  readonly channels: readonly string[];
  /** Acknowledged, by channel. */
  readonly counts = new Map<string, number>();
  failed = 0;
  readonly #url: () => string;
  readonly #recent = new Map<string, string[]>();

  /** `url` chooses the server of each request. */
  constructor(url: () => string, channels: readonly string[]) {
    this.#url = url;
    this.channels = channels;
  }

  /** A position at most this many publications ago. */
  since(channel: string, share: number): string | undefined {
    const recent = this.#recent.get(channel) ?? [];
    return recent[Math.floor(share * recent.length)];
  }

  /** Resolves after the last answer. */
  async run(signal: AbortSignal): Promise<void> {
    await Promise.all([
      this.#repeat(100, signal, (turn) => this.#publish([this.#tick(turn)])),
      this.#repeat(1_000, signal, (turn) =>
        this.#publish(Array.from({ length: 20 }, (_, index) => this.#tick(turn + index))),
      ),
      this.#repeat(300, signal, () =>
        this.#publish(
          Array.from({ length: 8 }, () => ({ channel: floodChannel, type: 'flood', data: flood })),
        ),
      ),
    ]);
  }

  #tick(turn: number): Item {
    return tick(this.channels[turn % this.channels.length] ?? '');
  }

  async #repeat(
    everyMs: number,
    signal: AbortSignal,
    publish: (turn: number) => Promise<void>,
  ): Promise<void> {
    for (let turn = 0; !signal.aborted; turn++) {
      await publish(turn).catch(() => {
        this.failed += 1;
      });
      await Bun.sleep(everyMs);
    }
  }

  async #publish(publications: readonly Item[]): Promise<void> {
    const response = await fetch(`${this.#url()}/api/realtime/publish/batch`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ publications }),
    });
    if (response.status !== 200) throw new Error(await response.text());
    const { publications: receipts } = (await response.json()) as Answer;
    for (const { channel, position } of receipts) this.#note(channel, position);
  }

  #note(channel: string, position: string): void {
    this.counts.set(channel, (this.counts.get(channel) ?? 0) + 1);
    const recent = this.#recent.get(channel) ?? [];
    this.#recent.set(channel, recent);
    recent.push(position);
    if (recent.length > recentPositions) recent.shift();
  }
}

interface Answer {
  readonly publications: readonly { readonly channel: string; readonly position: string }[];
}

interface Item {
  readonly channel: string;
  readonly type: string;
  readonly data: unknown;
}

export function tick(channel: string): Item {
  return { channel, type: 'tick', data: { text: 'a'.repeat(200) } };
}

const recentPositions = 50;
/** A few hundred of them are more than a socket holds; the database compresses them to nothing. */
const flood = 'x'.repeat(60_000);

import type { Feed, FeedEvent, FeedStep, FeedView } from '../../extension/feed.ts';
import { formatVector } from '../../protocol/wire/position.ts';
import type { Delivery } from '../../realtime/ports/transport.ts';
import { SharedDelivery } from '../fanout/shared-delivery.ts';
import { encodeEvent } from '../http/stream-event.ts';
import type { EventStream } from './event-stream.ts';
import type { SharedEvent, StreamForm, StreamHost } from './host.ts';

/** A feed with streams. What it says is encoded once for all of them. */
export class LiveFeed implements StreamForm {
  readonly channel: string;
  readonly feed: Feed;
  readonly tellsReset = false;
  readonly #host: StreamHost;
  readonly #onEmpty: () => void;
  readonly #streams = new Set<EventStream>();
  readonly #timer: Disposable | undefined;
  #isRefreshing = false;

  constructor({ channel, refreshMs, create }: FeedView, host: StreamHost, onEmpty: () => void) {
    this.channel = channel;
    this.#host = host;
    this.#onEmpty = onEmpty;
    this.feed = create();
    if (refreshMs !== undefined) this.#timer = host.clock.every(refreshMs, () => void this.#refresh());
  }

  /** The stream hears the feed until this is disposed. */
  add(stream: EventStream): Disposable {
    this.#streams.add(stream);
    return {
      [Symbol.dispose]: () => {
        this.#streams.delete(stream);
        if (this.#streams.size > 0) return;
        this.#timer?.[Symbol.dispose]();
        this.#onEmpty();
      },
    };
  }

  present(delivery: Delivery): SharedEvent | undefined {
    const event = this.#eventOf(delivery);
    return event && new SharedDelivery(delivery, () => (id) => encodeEvent({ id, data: event }));
  }

  beat(): Uint8Array {
    return encodeEvent({ data: this.heartbeat() });
  }

  heartbeat(): FeedEvent {
    return { type: 'heartbeat', data: {}, timestamp: new Date(this.#host.clock.now()).toISOString() };
  }

  /** A feed that fails must not keep a publication from the other readers of its channel. */
  #eventOf({ publication }: Delivery): FeedEvent | undefined {
    try {
      return this.feed.present(publication);
    } catch (error) {
      const { channel, offset } = publication;
      this.#host.logger.error(
        { err: error, channel, offset },
        'a feed did not understand a publication; its readers do not get it',
      );
      return undefined;
    }
  }

  async #refresh(): Promise<void> {
    if (this.#isRefreshing) return;
    this.#isRefreshing = true;
    try {
      const step = await this.feed.refresh?.();
      if (step) this.#push(step);
    } catch (error) {
      this.#host.logger.warn(
        { err: error, channel: this.channel },
        'a feed could not be refreshed; its readers wait for the next attempt',
      );
    }
    this.#isRefreshing = false;
  }

  #push({ event, position }: FeedStep): void {
    const bytes = encodeEvent({ id: formatVector(new Map([[this.channel, position]])), data: event });
    for (const stream of this.#streams) stream.push(bytes, this.channel, position);
  }
}

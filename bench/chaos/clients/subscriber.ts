import type { Position } from '../../../src/protocol/wire/position.ts';
import type { Random } from '../../../test/support/random.ts';
import type { Journal } from '../journal.ts';
import { Place } from './place.ts';

export interface SubscriberOptions {
  readonly name: string;
  /** `host:port`, asked at each attempt. */
  readonly address: () => string;
  readonly channels: readonly string[];
  readonly random: Random;
  readonly journal: Journal;
  /** The application's own state of a channel, for a reader that was told that a range is gone. */
  readonly snapshot?: (channel: string) => Promise<readonly string[]>;
  /** Called as soon as the reader stands on all its channels, after each connect. */
  readonly onSubscribed?: (subscriber: Subscriber) => void;
  readonly onPublication?: (subscriber: Subscriber) => void;
  /** Called before each attempt to connect. */
  readonly onConnecting?: (subscriber: Subscriber) => void;
  readonly onLost?: (subscriber: Subscriber) => void;
}

interface Frame {
  readonly type: string;
  readonly channel?: string;
  readonly offset?: number;
  readonly id?: string;
  readonly position?: string;
  readonly recovered?: boolean;
  readonly retryAfterMs?: number;
  readonly data?: { readonly key?: string } | null;
}

const firstPauseMs = 200;
const longestPauseMs = 5_000;

/** A client that does what docs/clients/rules.md asks of one, and nothing more. */
export class Subscriber implements Disposable {
  readonly name: string;
  readonly places: ReadonlyMap<string, Place>;
  /** The keys of the publications received, and of those that snapshots held. */
  readonly keys = new Set<string>();
  readonly closeCodes: number[] = [];
  /** Snapshots under way and taken. */
  readonly snapshots: Promise<void>[] = [];
  received = 0;
  /** Publications the client dropped because it knew them. */
  repeated = 0;
  /** Publications that did not follow the one before on the same connection. */
  disordered = 0;
  /** Times the server said that a range is gone. */
  told = 0;
  readonly #options: SubscriberOptions;
  readonly #timers = new Set<Timer>();
  readonly #first = Promise.withResolvers<void>();
  #socket: WebSocket | undefined;
  #reconnecting: Timer | undefined;
  #failures = 0;
  #offline = false;
  #ended = false;

  constructor(options: SubscriberOptions) {
    this.#options = options;
    this.name = options.name;
    this.places = new Map(options.channels.map((channel) => [channel, new Place()]));
  }

  /** Resolves when it first stands on all its channels. */
  start(): Promise<void> {
    this.#connect();
    return this.#first.promise;
  }

  get live(): boolean {
    return this.places.values().every((place) => place.live);
  }

  reached(goals: ReadonlyMap<string, Position>): boolean {
    return [...this.places].every(([channel, place]) => {
      const goal = goals.get(channel);
      return place.live && (!goal || place.reached(goal));
    });
  }

  /** Loses the connection without a word, for so long. */
  cut(offlineMs: number): void {
    this.offline();
    this.#after(offlineMs, () => this.online());
  }

  offline(): void {
    this.#offline = true;
    clearTimeout(this.#reconnecting);
    // The DOM's type does not know it.
    (this.#socket as (WebSocket & { terminate(): void }) | undefined)?.terminate();
  }

  online(): void {
    if (!this.#offline) return;
    this.#offline = false;
    this.#failures = 0;
    this.#connect();
  }

  [Symbol.dispose](): void {
    this.#ended = true;
    for (const timer of this.#timers) clearTimeout(timer);
    this.#socket?.close(1000);
  }

  #connect(): void {
    if (this.#ended || this.#offline) return;
    this.#options.onConnecting?.(this);
    const socket = new WebSocket(
      `ws://${this.#options.address()}/ws/realtime?userId=${this.name}&role=officer`,
    );
    this.#socket = socket;
    socket.onopen = () => {
      for (const channel of this.places.keys()) this.#subscribe(socket, channel);
    };
    socket.onmessage = ({ data }) => this.#hear(socket, JSON.parse(String(data)) as Frame);
    socket.onclose = ({ code }) => this.#lost(code);
  }

  #lost(code: number): void {
    this.closeCodes.push(code);
    this.#options.onLost?.(this);
    for (const place of this.places.values()) place.live = false;
    if (code >= 4500 && code < 5000) this.#ended = true;
    if (this.#offline) return;
    const pauseMs = Math.min(longestPauseMs, firstPauseMs * 1.6 ** this.#failures++);
    this.#reconnecting = this.#after(pauseMs * (0.3 + 0.7 * this.#options.random()), () => this.#connect());
  }

  #subscribe(socket: WebSocket, channel: string): void {
    if (socket.readyState !== WebSocket.OPEN) return;
    socket.send(JSON.stringify({ type: 'subscribe', channel, since: this.places.get(channel)?.since }));
  }

  #hear(socket: WebSocket, frame: Frame): void {
    const place = this.places.get(frame.channel ?? '');
    if (!place || socket !== this.#socket || frame.channel === undefined) return;
    if (frame.offset !== undefined) this.#take(place, frame.channel, frame.offset, frame);
    else if (frame.type === 'subscribed') this.#subscribed(place, frame.channel, frame);
    else if (frame.type === 'error' || frame.type === 'unsubscribed')
      this.#again(socket, frame.channel, frame);
  }

  #take(place: Place, channel: string, offset: number, { id = '', data }: Frame): void {
    const { isNew, inOrder } = place.take(offset);
    if (!inOrder) this.disordered += 1;
    if (!isNew) {
      this.repeated += 1;
      return;
    }
    this.received += 1;
    this.#options.journal.note(channel, place.epoch, offset, id);
    if (this.#options.snapshot && data?.key) this.keys.add(data.key);
    this.#options.onPublication?.(this);
  }

  #subscribed(place: Place, channel: string, { position = '', recovered }: Frame): void {
    place.subscribed(position, recovered);
    if (recovered === false) {
      this.told += 1;
      this.snapshots.push(this.#takeSnapshot(channel));
    }
    if (!this.live) return;
    this.#failures = 0;
    this.#first.resolve();
    this.#options.onSubscribed?.(this);
  }

  async #takeSnapshot(channel: string): Promise<void> {
    for (const key of (await this.#options.snapshot?.(channel)) ?? []) this.keys.add(key);
  }

  /** A failure that passes: the same subscribe again, when the server says so. */
  #again(socket: WebSocket, channel: string, { retryAfterMs = 500 }: Frame): void {
    this.#after(retryAfterMs * (0.8 + 0.4 * this.#options.random()), () => this.#subscribe(socket, channel));
  }

  #after(ms: number, run: () => void): Timer {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      if (!this.#ended) run();
    }, ms);
    this.#timers.add(timer);
    return timer;
  }
}

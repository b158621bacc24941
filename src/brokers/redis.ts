import type { Redis } from 'ioredis';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../logger.ts';
import type { Publication } from '../protocol/wire/publication.ts';
import { type Broker, type BrokerListener, type ConnectBroker, isSignal } from '../realtime/ports/broker.ts';
import { closeRedis, connectRedis } from './redis-connection.ts';
import { encodeMessage, parseMessage } from './redis-message.ts';
import { RedisPublisher } from './redis-publisher.ts';
import { RedisSubscriptions } from './redis-subscriptions.ts';
import { encodeSignalMessage, parseSignalMessage } from './signal-message.ts';

export interface RedisBrokerOptions {
  /** `redis://` or `rediss://` */
  readonly url: string;
  readonly log: Logger;
  readonly clock: Clock;
  /** Unique everywhere; names this process to the others. */
  readonly createId: () => string;
  /** Milliseconds between two pings through the bus, and a ping's time to come back; 2,000 when left out. */
  readonly pingMs?: number;
}

/** Redis pub/sub as the bus: whole publications, one Redis channel for each channel with local subscribers. */
export function createRedisBroker(options: RedisBrokerOptions): ConnectBroker {
  return (listener) => new RedisBroker(options, listener);
}

/** Nobody's name: everybody hears it. */
const everybody = '';
/** Longest wait for the last announcements when the process ends, milliseconds. */
const quitTimeoutMs = 500;

class RedisBroker implements Broker {
  readonly name = 'redis';
  readonly #origin: string;
  readonly #prefix: string;
  readonly #pingChannel: string;
  readonly #listener: BrokerListener;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #connections: readonly [incoming: Redis, outgoing: Redis];
  readonly #subscriptions: RedisSubscriptions;
  readonly #publisher: RedisPublisher;
  readonly #beating: Disposable;
  /** The ping on its way. */
  #ping: string | undefined;
  #pings = 0;
  /** Connections that were not ready at the last beat either hang in their handshake. */
  #unready = new Set<Redis>();
  #refused = false;
  #closed = false;

  constructor({ url, log, clock, createId, pingMs = 2_000 }: RedisBrokerOptions, listener: BrokerListener) {
    this.#origin = createId();
    this.#prefix = channelPrefix(url);
    // No channel's name has an @.
    this.#pingChannel = `@${this.#origin}`;
    this.#listener = listener;
    this.#clock = clock;
    this.#log = log;
    const incoming = connectRedis(url, log.child({ connection: 'subscriber' }), {
      onReady: () => this.#subscriptions.connected(),
      onLost: () => this.#subscriptions.lost(),
    });
    const outgoing = connectRedis(url, log.child({ connection: 'publisher' }), {
      onReady: () => undefined,
      onLost: () => undefined,
    });
    this.#connections = [incoming, outgoing];
    this.#publisher = new RedisPublisher(outgoing, log);
    const named = (channels: readonly string[]) => channels.map((channel) => `${this.#prefix}${channel}`);
    this.#subscriptions = new RedisSubscriptions({
      clock,
      subscribe: (channels) => this.#subscribe(named(channels)),
      unsubscribe: async (channels) => void (await incoming.unsubscribe(...named(channels))),
      onGap: () => listener.onGap(),
    });
    void this.#subscriptions.join(this.#pingChannel);
    incoming.on('message', (channel: string, text: string) =>
      this.#hear(channel.slice(this.#prefix.length), text),
    );
    this.#beating = clock.every(pingMs, () => this.#beat());
  }

  get connected(): boolean {
    return this.#hearing && this.#publisher.connected;
  }

  get #hearing(): boolean {
    return !this.#closed && this.#subscriptions.isInForce(this.#pingChannel);
  }

  announce(publications: readonly Publication[]): void {
    for (const publication of publications) this.#announce(this.#origin, publication);
  }

  echo(publication: Publication): void {
    this.#announce(everybody, publication);
  }

  signal(channel: string, text: string): void {
    if (isSignal(text)) this.#tell(channel, encodeSignalMessage({ origin: this.#origin, channel, text }));
  }

  join(channel: string): Promise<void> {
    return this.#subscriptions.join(channel);
  }

  leave(channel: string): void {
    this.#subscriptions.leave(channel);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#beating[Symbol.dispose]();
    this.#subscriptions[Symbol.dispose]();
    const late = Promise.withResolvers<void>();
    using _limit = this.#clock.after(quitTimeoutMs, late.resolve);
    await Promise.race([this.#publisher.flushed(), late.promise]);
    await Promise.all(this.#connections.map(closeRedis));
  }

  async #subscribe(channels: readonly string[]): Promise<void> {
    const [incoming] = this.#connections;
    try {
      await incoming.subscribe(...channels);
      this.#refused = false;
    } catch (error) {
      // A lost connection is told by itself.
      const refused = incoming.status === 'ready';
      if (refused && !this.#refused)
        this.#log.error(
          { err: error },
          'Redis refused a subscription; publications of other processes are found by the comparison of heads',
        );
      this.#refused = refused;
      throw error;
    }
  }

  #announce(origin: string, publication: Publication): void {
    this.#tell(publication.channel, encodeMessage({ origin, publication }));
  }

  #tell(channel: string, message: string): void {
    if (!this.#closed) this.#publisher.publish(`${this.#prefix}${channel}`, message);
  }

  #hear(channel: string, text: string): void {
    if (channel === this.#pingChannel) {
      if (text === this.#ping) this.#ping = undefined;
      return;
    }
    if (!this.#subscriptions.has(channel)) return;
    const signal = parseSignalMessage(text);
    if (signal) {
      if (signal.origin !== this.#origin && signal.channel === channel)
        this.#listener.onSignal(channel, signal.text);
      return;
    }
    const message = parseMessage(text);
    if (!message || message.origin === this.#origin || message.publication.channel !== channel) return;
    this.#listener.onPublication(message.publication);
  }

  /** A hung server keeps its connections open and says nothing: only a ping that does not come back shows it. */
  #beat(): void {
    const [, outgoing] = this.#connections;
    const stuck = this.#connections.filter(({ status }) => status === 'connect');
    const hanging = stuck.filter((redis) => this.#unready.has(redis));
    this.#unready = new Set(stuck);
    if (this.#ping !== undefined) {
      this.#log.warn('Redis did not reply to a ping; the connection is opened again');
      this.#ping = undefined;
      hanging.push(...this.#connections.filter(({ status }) => status === 'ready'));
    }
    for (const redis of hanging) redis.disconnect(true);
    if (hanging.length > 0 || !this.#hearing || outgoing.status !== 'ready') return;
    this.#ping = String(++this.#pings);
    this.#publisher.publish(`${this.#prefix}${this.#pingChannel}`, this.#ping);
  }
}

/** Pub/sub knows no databases: those who share a server by number would hear one another. */
function channelPrefix(url: string): string {
  const database = Number(new URL(url).pathname.slice(1));
  return database > 0 ? `tambuli:${database}:` : 'tambuli:';
}

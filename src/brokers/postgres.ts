import type { Query } from '../db/connection/connection.ts';
import { type Listener, type ListenOptions, listen } from '../db/connection/listener.ts';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../logger.ts';
import type { Publication } from '../protocol/wire/publication.ts';
import { type Broker, type BrokerListener, type ConnectBroker, isSignal } from '../realtime/ports/broker.ts';
import { Positions, parseNotification, Signals } from './notification.ts';
import { RollCall } from './roll-call.ts';
import { parseSignalMessage, type SignalMessage } from './signal-message.ts';

export interface PostgresBrokerOptions {
  readonly query: Query;
  /**
   * The direct address of the same database. Where it is a pooler's, others are heard of by the comparison of heads.
   */
  readonly listenUrl: string;
  readonly driver?: NonNullable<ListenOptions['driver']>;
  readonly log: Logger;
  readonly clock: Clock;
  /** Unique everywhere; names this process to the others. */
  readonly createId: () => string;
  /** See `ListenOptions`. */
  readonly rest?: ListenOptions['rest'];
  readonly pingMs?: number;
  readonly answerMs?: number;
}

/**
 * NOTIFY as the bus. Of a publication it says only how far the channel reaches, since a payload holds 8 KB and every
 * notification takes a lock of the whole server: what is announced while one is under way goes out in one next
 * statement, the newest position per channel, and every signal. All processes LISTEN on one Postgres channel and
 * ignore what they have not joined.
 */
export function createPostgresBroker(options: PostgresBrokerOptions): ConnectBroker {
  return (listener) => new PostgresBroker(options, listener);
}

const postgresChannel = 'tambuli';
const notifyStatement = 'select pg_notify($1, payload) from unnest($2::text[]) payload';
/**
 * Between two statements, in milliseconds. Every notification wakes every process, and each process with readers of a
 * channel reads the log: under load one for many publications is worth more than the moment it comes later.
 */
const pauseMs = 5;
/** The same in a process that is alone, as far as it knows: a process that came meanwhile hears it this much later. */
const alonePauseMs = 250;
/** Nobody's name: everybody hears it. */
const everybody = '';

class PostgresBroker implements Broker {
  readonly name = 'postgres';
  readonly #options: PostgresBrokerOptions;
  readonly #listener: BrokerListener;
  readonly #origin: string;
  /** The beginning of every payload of this process. */
  readonly #own: string;
  readonly #joined = new Set<string>();
  readonly #announced = new Positions();
  readonly #echoed = new Positions();
  readonly #signals = new Signals();
  readonly #rollCall: RollCall;
  readonly #closing = new AbortController();
  readonly #listening: Listener;
  #sending: Promise<void> | undefined;
  /** Ends the pause of a process that is alone. */
  #endPause: (() => void) | undefined;
  #leaving = false;
  #gapOwed = false;
  #mute = false;

  constructor(options: PostgresBrokerOptions, listener: BrokerListener) {
    this.#options = options;
    this.#listener = listener;
    this.#origin = options.createId();
    this.#own = `[${JSON.stringify(this.#origin)},`;
    this.#rollCall = new RollCall(options.clock, this.#origin);
    this.#listening = listen({
      ...options,
      url: options.listenUrl,
      channels: [postgresChannel],
      signal: this.#closing.signal,
      onNotification: (_, payload) => this.#hear(payload),
      onConnected: () => {
        this.#mute = false;
        // The first connection of all has missed nothing, unless somebody joined before it was there.
        if (this.#gapOwed) listener.onGap();
        this.#gapOwed = true;
      },
    });
  }

  get connected(): boolean {
    return this.#listening.connected && !this.#mute;
  }

  announce(publications: readonly Publication[]): void {
    for (const publication of publications) this.#announced.add(publication);
    this.#sendSoon();
  }

  echo(publication: Publication): void {
    this.#echoed.add(publication);
    this.#sendNow();
  }

  signal(channel: string, text: string): void {
    if (isSignal(text)) this.#signals.add({ origin: this.#origin, channel, text });
    this.#sendNow();
  }

  async join(channel: string): Promise<void> {
    this.#joined.add(channel);
    await this.#listening.attempted;
    if (!this.#listening.connected) this.#gapOwed = true;
  }

  leave(channel: string): void {
    this.#joined.delete(channel);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#joined.clear();
    this.#leaving = true;
    this.#endPause?.();
    await this.#sending;
    this.#closing.abort();
    await this.#listening.ended;
  }

  get #waiting(): number {
    return this.#announced.size + this.#echoed.size + this.#signals.size;
  }

  #hear(payload: string): void {
    // Most of what a process hears is its own; signals begin so too.
    if (payload.startsWith(this.#own)) return;
    const signal = parseSignalMessage(payload);
    if (signal) {
      this.#heardOther(signal);
      const { channel, text } = signal;
      if (this.#joined.has(channel)) this.#listener.onSignal(channel, text);
      return;
    }
    const notification = parseNotification(payload);
    if (!notification) return;
    if (notification.origin !== everybody) this.#heardOther();
    for (const [channel, position] of notification.positions) {
      if (this.#joined.has(channel)) this.#listener.onPosition(channel, position);
    }
  }

  #heardOther(signal?: SignalMessage): void {
    const reply = this.#rollCall.heard(signal);
    if (reply) this.#signals.add(reply);
    this.#sendNow();
  }

  #sendNow(): void {
    this.#endPause?.();
    this.#sendSoon();
  }

  #sendSoon(): void {
    if (this.#closing.signal.aborted || this.#waiting === 0) return;
    this.#sending ??= this.#send();
  }

  /**
   * Sends until nothing waits. A notification that fails is dropped: the comparison of heads finds the difference to the
   * log.
   */
  async #send(): Promise<void> {
    do {
      // At the end of the turn, so that everything announced in it is one statement.
      await new Promise<void>((resolve) => setImmediate(resolve));
      const question = this.#rollCall.ask();
      if (question) this.#signals.add(question);
      const echoes = this.#echoed.take(everybody);
      const payloads = [...this.#announced.take(this.#origin), ...this.#signals.take(), ...echoes];
      try {
        await this.#options.query(notifyStatement, [postgresChannel, payloads], 'prepared');
        // A transport without a way back shows only that the event went out.
        if (this.#listening.deaf) for (const payload of echoes) this.#hear(payload);
        this.#mute = false;
      } catch (error) {
        // Once per outage.
        if (!this.#mute)
          this.#options.log.warn(
            { err: error },
            'broker could not announce publications; other processes find them by the comparison of heads',
          );
        this.#mute = true;
      }
      await this.#pause();
    } while (this.#waiting > 0);
    this.#sending = undefined;
  }

  async #pause(): Promise<void> {
    const { clock } = this.#options;
    await new Promise<void>((resolve) => clock.after(pauseMs, resolve));
    if (this.#isHurried) return;
    await new Promise<void>((resolve) => {
      const timer = clock.after(alonePauseMs - pauseMs, resolve);
      this.#endPause = () => {
        timer[Symbol.dispose]();
        resolve();
      };
    });
    this.#endPause = undefined;
  }

  /** Whether somebody may wait for what is to be sent next. */
  get #isHurried(): boolean {
    if (this.#leaving || !this.connected || !this.#rollCall.isAlone) return true;
    return this.#signals.size + this.#echoed.size > 0;
  }
}

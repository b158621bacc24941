import type { Clock } from '../lib/clock.ts';
import type { SignalMessage } from './signal-message.ts';

/** No channel has this name: names on the wire begin with a letter. Servers that do not know it ignore it. */
const channel = '_roll_call';
const [question, reply] = ['who is there', 'here'] as const;
/** A process asks again after so long a silence. Milliseconds. */
const silenceMs = 5_000;

/**
 * Whether other processes listen on the bus. A process that publishes asks in a message that it sends anyway; each one
 * that hears the question says something. A process that nobody has replied to is alone, until it hears somebody.
 */
export class RollCall {
  readonly #clock: Clock;
  readonly #origin: string;
  #heardAt: number;
  #askedAt = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock, origin: string) {
    this.#clock = clock;
    this.#origin = origin;
    this.#heardAt = clock.monotonic();
  }

  /** Whether nobody has been heard since the latest question. */
  get isAlone(): boolean {
    return this.#askedAt > this.#heardAt;
  }

  /** The question, where it is due. */
  ask(): SignalMessage | undefined {
    const now = this.#clock.monotonic();
    if (now - Math.max(this.#heardAt, this.#askedAt) < silenceMs) return undefined;
    this.#askedAt = now;
    return { origin: this.#origin, channel, text: question };
  }

  /** Takes a message of another process, and returns what is to be replied, if anything. */
  heard(signal: SignalMessage | undefined): SignalMessage | undefined {
    this.#heardAt = this.#clock.monotonic();
    const isAsked = signal?.channel === channel && signal.text === question;
    return isAsked ? { origin: this.#origin, channel, text: reply } : undefined;
  }
}

import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../logger.ts';
import type { CloseReason } from '../../protocol/wire/close-codes.ts';
import type { Limits } from './limits.ts';
import type { Session } from './session.ts';

/** Readers are looked over at most this often while somebody's bytes queue; the first while much does. Milliseconds. */
const lookMs = { tight: 20, easy: 200 };
/** The part of a buffer or of the budget that is much. */
const much = 0.25;
/** The part of the budget to which the buffers are emptied, so that the next publication does not exceed it again. */
const relief = 0.75;
/** The part of the budget that closing readers may hold beyond it, until they have read their close frame. */
const patience = 1.25;

interface SendBuffersDeps {
  readonly sessions: Iterable<Session>;
  readonly limits: Limits;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly end: (session: Session, reason: CloseReason) => void;
}

/**
 * The bytes that wait in this process for readers that do not keep up (R4): each reader has a send buffer, and all
 * together have a budget. A reader over its own buffer is ended; over the budget, the fullest are.
 */
export class SendBuffers {
  readonly #deps: SendBuffersDeps;
  /** The next look, once it is due. */
  #look: Disposable | undefined;
  #lookMs = lookMs.tight;
  /** Characters sent to every reader of a channel since the last look, while somebody's bytes queued; and to all together. */
  #unseen = 0;
  #unseenInAll = 0;

  constructor(deps: SendBuffersDeps) {
    this.#deps = deps;
  }

  /** Bytes that may wait for all readers together. */
  get limitBytes(): number {
    return this.#deps.limits.sendBuffersTotalBytes;
  }

  /** Bytes that wait, by transport. */
  sizes(): ReadonlyMap<string, number> {
    const sizes = new Map<string, number>();
    for (const { transport } of this.#deps.sessions) {
      const { name } = transport.gateway;
      sizes.set(name, (sizes.get(name) ?? 0) + (transport.bufferedBytes ?? 0));
    }
    return sizes;
  }

  /**
   * To be called when bytes queue behind somebody, with what was just sent to each of `readers`. A look at all follows soon, and
   * in this very turn once half a buffer or a quarter of the budget went unseen: Bun cuts at twice the buffer, without a
   * close code, and a timer may be late by several publications.
   */
  suspect(characters: number, readers: number): void {
    this.#unseen += characters;
    this.#unseenInAll += characters * readers;
    this.#lookSoon();
  }

  /**
   * To be called when bytes queue behind one reader, with what was just sent to it alone. It is ended at once where it is over
   * its own buffer; the others have nothing to do with it but for the budget.
   */
  suspectOne(session: Session, characters: number): void {
    const bytes = session.transport.bufferedBytes ?? 0;
    if (bytes > this.#deps.limits.sendBufferBytes && !session.endReason) this.#end(session, bytes);
    this.#unseenInAll += characters;
    this.#lookSoon();
  }

  /** Ends readers that let too much wait. */
  look(): void {
    this.#look?.[Symbol.dispose]();
    this.#look = undefined;
    this.#unseen = 0;
    this.#unseenInAll = 0;
    const { sessions, limits } = this.#deps;
    let inAll = 0;
    let fullest = 0;
    for (const session of sessions) {
      const bytes = session.transport.bufferedBytes ?? 0;
      inAll += bytes;
      fullest = Math.max(fullest, bytes);
      if (bytes > limits.sendBufferBytes && !session.endReason) this.#end(session, bytes);
    }
    if (inAll > limits.sendBuffersTotalBytes) this.#shed();
    const isTight = fullest > much * limits.sendBufferBytes || inAll > much * limits.sendBuffersTotalBytes;
    this.#lookMs = isTight ? lookMs.tight : lookMs.easy;
    if (inAll > 0) this.#lookSoon();
  }

  #lookSoon(): void {
    const { sendBufferBytes, sendBuffersTotalBytes } = this.#deps.limits;
    if (this.#unseen >= sendBufferBytes / 2 || this.#unseenInAll >= much * sendBuffersTotalBytes) this.look();
    this.#look ??= this.#deps.clock.after(this.#lookMs, () => this.look());
  }

  #shed(): void {
    const { sessions, limits, logger } = this.#deps;
    const fullestFirst = [...sessions]
      .map((session) => ({ session, bytes: session.transport.bufferedBytes ?? 0 }))
      .filter(({ bytes }) => bytes > 0)
      .sort((one, other) => other.bytes - one.bytes);
    const budget = limits.sendBuffersTotalBytes;
    const staying = fullestFirst.filter(({ session }) => !session.endReason);
    let rest = sum(staying);
    if (rest > budget) {
      logger.warn(
        { bytes: rest, budget },
        'send buffers of all readers are over their budget; the fullest go',
      );
      for (const { session, bytes } of staying) {
        if (rest <= relief * budget) break;
        rest -= bytes;
        this.#end(session, bytes);
      }
    }
    // A close frame waits behind what is queued. Where that alone is too much, its reader does without.
    let inAll = sum(fullestFirst);
    for (const { session, bytes } of fullestFirst) {
      if (inAll <= patience * budget) break;
      if (!session.endReason) continue;
      inAll -= bytes;
      session.transport.cut?.();
    }
  }

  #end(session: Session, bytes: number): void {
    this.#deps.logger.warn(
      { clientId: session.id, bytes },
      'slow reader disconnected; it comes back and reads from the log',
    );
    this.#deps.end(session, 'slow');
  }
}

const sum = (queues: readonly { readonly bytes: number }[]) =>
  queues.reduce((total, { bytes }) => total + bytes, 0);

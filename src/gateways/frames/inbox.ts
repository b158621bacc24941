/** Characters that may wait before the source is asked to pause. */
const highWater = 256 * 1024;
/** The size that is counted for an item without one. */
const unknownSize = highWater / 16;

export interface InboxOwner<T> {
  /** Handles one item; the next waits until a returned promise has settled. Must not reject. */
  handle(item: T): void | Promise<void>;
  /** Stop or go on bringing items: the inbox is full, or empty again. */
  setPaused(paused: boolean): void;
}

interface Waiting<T> {
  readonly item: T;
  readonly size: number;
}

/**
 * Hands items to their owner strictly one after another, across awaits. Bun runs the handlers of one socket
 * concurrently; a client that sends auth and four subscribes in one burst relies on their order.
 */
export class Inbox<T> {
  readonly #owner: InboxOwner<T>;
  #waiting: Waiting<T>[] | undefined;
  #size = 0;
  #paused = false;
  #busy = false;

  constructor(owner: InboxOwner<T>) {
    this.#owner = owner;
  }

  /** Items that wait behind the one being handled. */
  get length(): number {
    return this.#waiting?.length ?? 0;
  }

  /** Characters that wait. */
  get size(): number {
    return this.#size;
  }

  push(item: T, size = unknownSize): void {
    if (this.#busy) {
      this.#waiting ??= [];
      this.#waiting.push({ item, size });
      this.#size += size;
      if (this.#size >= highWater) this.#setPaused(true);
      return;
    }
    const pending = this.#owner.handle(item);
    if (pending) void this.#continueAfter(pending);
  }

  /** Forgets what waits. */
  clear(): void {
    this.#waiting = undefined;
    this.#size = 0;
  }

  async #continueAfter(first: Promise<void>): Promise<void> {
    this.#busy = true;
    await first;
    for (let next = this.#waiting?.shift(); next !== undefined; next = this.#waiting?.shift()) {
      this.#size -= next.size;
      await this.#owner.handle(next.item);
    }
    this.#busy = false;
    this.#waiting = undefined;
    this.#setPaused(false);
  }

  #setPaused(paused: boolean): void {
    if (this.#paused === paused) return;
    this.#paused = paused;
    this.#owner.setPaused(paused);
  }
}

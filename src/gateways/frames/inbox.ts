/** Items that may wait before the source is asked to pause. */
const highWater = 16;

export interface InboxOwner<T> {
  /** Handles one item; the next waits until a returned promise has settled. Must not reject. */
  handle(item: T): void | Promise<void>;
  /** Stop or go on bringing items: the inbox is full, or empty again. */
  setPaused(paused: boolean): void;
}

/**
 * Hands items to their owner strictly one after another, across awaits. Bun runs the handlers of one socket
 * concurrently; a client that sends auth and four subscribes in one burst relies on their order.
 */
export class Inbox<T> {
  readonly #owner: InboxOwner<T>;
  #waiting: T[] | undefined;
  #busy = false;

  constructor(owner: InboxOwner<T>) {
    this.#owner = owner;
  }

  push(item: T): void {
    if (this.#busy) {
      this.#waiting ??= [];
      this.#waiting.push(item);
      if (this.#waiting.length === highWater) this.#owner.setPaused(true);
      return;
    }
    const pending = this.#owner.handle(item);
    if (pending) void this.#continueAfter(pending);
  }

  /** Forgets what waits. */
  clear(): void {
    this.#waiting = undefined;
  }

  async #continueAfter(first: Promise<void>): Promise<void> {
    this.#busy = true;
    await first;
    for (let item = this.#waiting?.shift(); item !== undefined; item = this.#waiting?.shift()) {
      await this.#owner.handle(item);
    }
    this.#busy = false;
    if (this.#waiting) {
      this.#waiting = undefined;
      this.#owner.setPaused(false);
    }
  }
}

import type { Delivery } from '../ports/transport.ts';

/** Bounds of one channel's tail: enough for what is published while somebody reads a page of history. */
const maxItems = 256;
const maxCharacters = 256 * 1024;

/** The newest publications of a live channel, encoded and without a gap, up to its head. */
export class Tail {
  #items: Delivery[] = [];
  #characters = 0;

  /** Takes the publication after the newest one. */
  push(delivery: Delivery): void {
    this.#items.push(delivery);
    this.#characters += delivery.text.length;
    while (this.#items.length > maxItems || this.#characters > maxCharacters) {
      this.#characters -= this.#items.shift()?.text.length ?? 0;
    }
  }

  /**
   * Takes the publications that lead up to the oldest one, as far as there is room, so that the next reader need not
   * read them again.
   */
  extend(history: readonly Delivery[], head: number): void {
    const start = head - this.#items.length;
    const joint = history.findLastIndex(({ publication }) => publication.offset === start);
    for (const delivery of history.slice(0, joint + 1).reverse()) {
      this.#characters += delivery.text.length;
      if (this.#items.length >= maxItems || this.#characters > maxCharacters) {
        this.#characters -= delivery.text.length;
        return;
      }
      this.#items.unshift(delivery);
    }
  }

  /** Everything after `offset`, or undefined when the tail does not reach back that far. `head` is its end. */
  after(offset: number, head: number): readonly Delivery[] | undefined {
    const missing = head - offset;
    if (missing < 0 || missing > this.#items.length) return undefined;
    return missing === 0 ? [] : this.#items.slice(-missing);
  }

  /** The offset at `time`, in milliseconds since the Unix epoch. `head` is the end of the tail. */
  offsetAt(time: number, head: number): number {
    const before = this.#items.findLastIndex(({ publication }) => Date.parse(publication.timestamp) <= time);
    return head - (this.#items.length - 1 - before);
  }

  /** The mean length of the publications in characters; 0 while there is none. */
  get meanLength(): number {
    return this.#items.length === 0 ? 0 : this.#characters / this.#items.length;
  }

  clear(): void {
    this.#items = [];
    this.#characters = 0;
  }
}

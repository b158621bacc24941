/** The newest items, in the order in which they came; the oldest gives its place to the next. */
export class Ring<Item> {
  readonly #items: Item[] = [];
  readonly #capacity: number;
  #next = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** Whether items have been forgotten. */
  get isFull(): boolean {
    return this.#items.length === this.#capacity;
  }

  push(item: Item): void {
    this.#items[this.#next] = item;
    this.#next = (this.#next + 1) % this.#capacity;
  }

  get oldest(): Item | undefined {
    return this.isFull ? this.#items[this.#next] : this.#items[0];
  }

  /** The newest first. */
  *backwards(): Generator<Item> {
    const { length } = this.#items;
    for (let back = 1; back <= length; back += 1) {
      const item = this.#items[(this.#next - back + length) % length];
      if (item !== undefined) yield item;
    }
  }
}

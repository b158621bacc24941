/** One scenario of the list, as its file has it; the README has the meaning of every step. */
export interface Scenario {
  readonly name: string;
  /** Number of the rule of a good client. */
  readonly rule: number;
  readonly steps: readonly Step[];
}

export type Json = { readonly [field: string]: unknown };

export type Step =
  | { readonly tell: Json }
  | { readonly accept: true | 'silent' }
  | { readonly receive: Json }
  | { readonly send: Json }
  | { readonly close: number }
  | { readonly cut: true }
  | { readonly stall: true }
  | { readonly observe: Json }
  | { readonly delivered: { readonly [channel: string]: readonly number[] } }
  | { readonly never: Json };

/** Whether `value` holds everything that `part` says. */
export function holds(value: unknown, part: unknown): boolean {
  if (Array.isArray(part)) {
    return (
      Array.isArray(value) && value.length === part.length && part.every((each, n) => holds(value[n], each))
    );
  }
  if (typeof part === 'object' && part !== null) {
    if (typeof value !== 'object' || value === null) return false;
    return Object.entries(part).every(([field, each]) => holds((value as Json)[field], each));
  }
  return value === part;
}

/** Waits for what comes in order; what was passed over is kept for `all`. */
export class Queue<T> {
  readonly all: T[] = [];
  #next = 0;
  #wake: (() => void) | undefined;

  push(item: T): void {
    this.all.push(item);
    this.#wake?.();
  }

  /** The first item, of those not taken yet, that fits; what came before it counts as taken. */
  async take(fits: (item: T) => boolean, what: string, limitMs = 20_000): Promise<T> {
    const end = Date.now() + limitMs;
    for (;;) {
      for (; this.#next < this.all.length; this.#next++) {
        const item = this.all[this.#next] as T;
        if (!fits(item)) continue;
        this.#next++;
        return item;
      }
      await this.wait(end, what);
    }
  }

  /** Resolves at the next item. */
  async wait(end: number, what: string): Promise<void> {
    const leftMs = end - Date.now();
    if (leftMs <= 0) throw new Error(`${what} did not come. So far: ${JSON.stringify(this.all.slice(-12))}`);
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, leftMs);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

import type { Clock } from '../../lib/clock.ts';

/** Publications that wait in one channel, to go out together. */
interface Batch {
  readonly texts: string[];
  characters: number;
  readonly due: Disposable;
}

/** So many characters wait no longer. */
const maxCharacters = 64 * 1024;

/** Gathers the publications of channels into one frame each; for the readers who asked for it. */
export class Batches {
  readonly #waiting = new Map<string, Batch>();
  readonly #clock: Clock;
  readonly #send: (channel: string, text: string) => void;

  constructor(clock: Clock, send: (channel: string, text: string) => void) {
    this.#clock = clock;
    this.#send = send;
  }

  /** `text` goes out within `ms` milliseconds. */
  add(channel: string, text: string, ms: number): void {
    let batch = this.#waiting.get(channel);
    if (!batch) {
      const due = this.#clock.after(ms, () => this.flush(channel));
      batch = { texts: [], characters: 0, due };
      this.#waiting.set(channel, batch);
    }
    batch.texts.push(text);
    batch.characters += text.length;
    if (batch.characters >= maxCharacters) this.flush(channel);
  }

  /** R2: before anything else of the channel goes to one of its readers, and before there is a new one. */
  flush(channel: string): void {
    const batch = this.#waiting.get(channel);
    if (!batch) return;
    this.#waiting.delete(channel);
    batch.due[Symbol.dispose]();
    this.#send(channel, `{"type":"batch","channel":"${channel}","publications":[${batch.texts.join()}]}`);
  }
}

import { maxSignalBytes } from '../ports/broker.ts';
import type { Part } from '../publishing/signal.ts';

/** Bytes of a message in one signal, whose Base64 and envelope stay below its limit. */
const partBytes = Math.floor((maxSignalBytes - 300) / 4) * 3;
/** A message has at most so many parts, about 1.7 MB. */
const maxParts = 400;
/** Messages of which parts are awaited; the oldest is given up for the next. */
const maxOpen = 200;

/** The parts of a text; undefined where it would have too many. */
export function partsOf(message: string, text: string): readonly Part[] | undefined {
  const bytes = new TextEncoder().encode(text);
  const total = Math.max(1, Math.ceil(bytes.length / partBytes));
  if (total > maxParts) return undefined;
  return Array.from({ length: total }, (_, index) => ({
    message,
    index,
    total,
    text: bytes.subarray(index * partBytes, (index + 1) * partBytes).toBase64(),
  }));
}

/** Puts messages together again. A message of which a part was lost never comes out. */
export class Assembly {
  /** The oldest first. */
  readonly #open = new Map<string, { readonly parts: (Uint8Array | undefined)[]; missing: number }>();

  /** Returns the whole text with its last part. */
  add({ message, index, total, text }: Part): string | undefined {
    if (!(Number.isInteger(total) && total > 0 && total <= maxParts && index >= 0 && index < total)) return;
    let open = this.#open.get(message);
    if (!open) {
      open = { parts: Array(total).fill(undefined), missing: total };
      this.#open.set(message, open);
      const [oldest] = this.#open.keys();
      if (this.#open.size > maxOpen && oldest !== undefined) this.#open.delete(oldest);
    }
    if (open.parts.length !== total || open.parts[index]) return undefined;
    open.parts[index] = Uint8Array.fromBase64(text);
    open.missing -= 1;
    if (open.missing > 0) return undefined;
    this.#open.delete(message);
    const decoder = new TextDecoder();
    const whole = open.parts.map((part) => decoder.decode(part, { stream: true })).join('');
    return whole + decoder.decode();
  }
}

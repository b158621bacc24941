import type { Position } from '../protocol/wire/position.ts';
import type { Publication } from '../protocol/wire/publication.ts';
import { encodeSignalMessage, type SignalMessage } from './signal-message.ts';

/** Postgres refuses a payload of 8,000 bytes or more. */
const maxBytes = 7_999;
/** Bytes of signals that wait for the next NOTIFY while one is under way; what comes on top is dropped. */
const maxWaitingBytes = 1_048_576;

/** The content of one NOTIFY: the heads of channels, and the process that sent it. */
export interface Notification {
  /** Empty when everybody is to hear it, the process that says it included. */
  readonly origin: string;
  readonly positions: readonly (readonly [channel: string, position: Position])[];
}

/** The newest position of each channel, from what is announced between two NOTIFYs. */
export class Positions {
  readonly #newest = new Map<string, Position>();

  get size(): number {
    return this.#newest.size;
  }

  add({ channel, epoch, offset }: Publication): void {
    const known = this.#newest.get(channel);
    // Another epoch replaces the one before, whatever its offset: that life is over.
    if (known?.epoch === epoch && known.offset >= offset) return;
    this.#newest.set(channel, { epoch, offset });
  }

  /** Everything added since the last call, as payloads that Postgres takes. */
  take(origin: string): string[] {
    const entries = [...this.#newest].map(([channel, { epoch, offset }]) =>
      JSON.stringify([channel, epoch, offset]),
    );
    this.#newest.clear();
    const head = `[${JSON.stringify(origin)},[`;
    const room = maxBytes - Buffer.byteLength(head) - 2;
    const payloads: string[] = [];
    let body: string[] = [];
    let size = 0;
    const finish = () => {
      if (body.length > 0) payloads.push(`${head}${body.join()}]]`);
      [body, size] = [[], 0];
    };
    for (const entry of entries) {
      const bytes = Buffer.byteLength(entry);
      // One that fits no payload is found by the comparison of heads.
      if (bytes > room) continue;
      if (size + bytes + body.length > room) finish();
      body.push(entry);
      size += bytes;
    }
    finish();
    return payloads;
  }
}

/** The signals between two NOTIFYs, in their order. */
export class Signals {
  #payloads: string[] = [];
  #bytes = 0;

  get size(): number {
    return this.#payloads.length;
  }

  add(signal: SignalMessage): void {
    const payload = encodeSignalMessage(signal, this.#payloads.length);
    const bytes = Buffer.byteLength(payload);
    if (bytes > maxBytes || this.#bytes + bytes > maxWaitingBytes) return;
    this.#bytes += bytes;
    this.#payloads.push(payload);
  }

  /** Everything added since the last call, as payloads that Postgres takes, one for each signal. */
  take(): string[] {
    const payloads = this.#payloads;
    this.#payloads = [];
    this.#bytes = 0;
    return payloads;
  }
}

/** The notification in a payload, or undefined when it is somebody else's. */
export function parseNotification(payload: string): Notification | undefined {
  let value: unknown;
  try {
    value = JSON.parse(payload);
  } catch {
    return undefined;
  }
  if (!Array.isArray(value)) return undefined;
  const [origin, entries] = value;
  if (typeof origin !== 'string' || !Array.isArray(entries) || !entries.every(isEntry)) return undefined;
  return { origin, positions: entries.map(([channel, epoch, offset]) => [channel, { epoch, offset }]) };
}

function isEntry(value: unknown): value is [channel: string, epoch: string, offset: number] {
  if (!Array.isArray(value)) return false;
  const [channel, epoch, offset] = value;
  return typeof channel === 'string' && typeof epoch === 'string' && Number.isSafeInteger(offset);
}

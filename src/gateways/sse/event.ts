import type { Delivery } from '../../realtime/ports/transport.ts';

const encoder = new TextEncoder();

export interface ServerSentEvent {
  /** Names the event; without it, it is a `message`. */
  readonly event?: string;
  readonly id?: string;
  /** Milliseconds the client waits before it comes back after this stream. */
  readonly retry?: number;
  /** JSON. */
  readonly data?: unknown;
}

export function encodeEvent({ event, id, retry, data }: ServerSentEvent): Uint8Array<ArrayBuffer> {
  const lines = [
    ...(retry === undefined ? [] : [`retry: ${retry}`]),
    ...(event === undefined ? [] : [`event: ${event}`]),
    ...(data === undefined ? [] : [`data: ${JSON.stringify(data)}`]),
    ...(id === undefined ? [] : [`id: ${id}`]),
  ];
  return encoder.encode(`${lines.join('\n')}\n\n`);
}

/** A comment: clients ignore it, proxies see that the connection lives. */
export const heartbeat = encoder.encode(':\n\n');

/**
 * One publication as the bytes of an event. The text is encoded once, and put together with the id once for all
 * streams that stand at the same positions: those that are live read the same bytes.
 */
export class SharedEvent {
  readonly delivery: Delivery;
  #data: Uint8Array<ArrayBuffer> | undefined;
  readonly #byChannels = new Map<string, Uint8Array<ArrayBuffer>>();

  constructor(delivery: Delivery) {
    this.delivery = delivery;
  }

  /** For a stream that stands somewhere of its own. */
  withId(id: string): Uint8Array<ArrayBuffer> {
    this.#data ??= encoder.encode(`data: ${oneLine(this.delivery.text)}\n`);
    const tail = encoder.encode(`id: ${id}\n\n`);
    const bytes = new Uint8Array(this.#data.length + tail.length);
    bytes.set(this.#data);
    bytes.set(tail, this.#data.length);
    return bytes;
  }

  /** For a stream that is live on all of `channels`: every such stream has the same id now. */
  forLive(channels: string, id: () => string): Uint8Array<ArrayBuffer> {
    const known = this.#byChannels.get(channels);
    if (known) return known;
    const bytes = this.withId(id());
    this.#byChannels.set(channels, bytes);
    return bytes;
  }
}

/** Of JSON text from elsewhere: a line break can only stand between its tokens, and would end the data here. */
function oneLine(json: string): string {
  return /[\r\n]/.test(json) ? json.replace(/[\r\n]+/g, ' ') : json;
}

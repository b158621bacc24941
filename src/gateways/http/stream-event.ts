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

/** A publication as an event with this id. The text is encoded once, whatever the number of ids. */
export function encodePublicationEvent({ text }: Delivery): (id: string) => Uint8Array<ArrayBuffer> {
  const data = encoder.encode(`data: ${oneLine(text)}\n`);
  return (id) => {
    const tail = encoder.encode(`id: ${id}\n\n`);
    const bytes = new Uint8Array(data.length + tail.length);
    bytes.set(data);
    bytes.set(tail, data.length);
    return bytes;
  };
}

/** Removes line breaks from JSON text, where they stand between tokens only and would end the data of the event. */
function oneLine(json: string): string {
  return /[\r\n]/.test(json) ? json.replace(/[\r\n]+/g, ' ') : json;
}

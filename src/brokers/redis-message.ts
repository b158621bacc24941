import type { Publication } from '../protocol/publication.ts';

export interface Message {
  /** Empty when everybody is to hear it, the process that says it included. */
  readonly origin: string;
  readonly publication: Publication;
}

/** One line of JSON with everything but the data, then the data letter by letter: it is never parsed on its way. */
export function encodeMessage({ origin, publication }: Message): string {
  const { id, channel, epoch, offset, type, eventType, timestamp, data } = publication;
  return `${JSON.stringify({ origin, id, channel, epoch, offset, type, eventType, timestamp })}\n${data}`;
}

/** The message in a text, or undefined when it is somebody else's. */
export function parseMessage(text: string): Message | undefined {
  const end = text.indexOf('\n');
  if (end < 0) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text.slice(0, end));
  } catch {
    return undefined;
  }
  if (!isHeader(value)) return undefined;
  const { origin, id, channel, epoch, offset, type, eventType, timestamp } = value;
  const event = eventType === undefined ? {} : { eventType };
  const data = text.slice(end + 1);
  return { origin, publication: { id, channel, epoch, offset, type, ...event, data, timestamp } };
}

type Header = Omit<Publication, 'data'> & { readonly origin: string };

const texts = ['origin', 'id', 'channel', 'epoch', 'type', 'timestamp'] as const;

function isHeader(value: unknown): value is Header {
  if (typeof value !== 'object' || value === null) return false;
  const { offset, eventType, ...rest } = value as Partial<Header>;
  if (eventType !== undefined && typeof eventType !== 'string') return false;
  return Number.isSafeInteger(offset) && texts.every((name) => typeof rest[name] === 'string');
}

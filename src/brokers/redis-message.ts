import type { Exclusion, Publication } from '../protocol/wire/publication.ts';

export interface Message {
  /** Empty when everybody is to hear it, the process that says it included. */
  readonly origin: string;
  readonly publication: Publication;
}

/** One line of JSON with everything but the data, then the data letter by letter: it is never parsed on its way. */
export function encodeMessage({ origin, publication }: Message): string {
  const { id, channel, epoch, offset, type, eventType, timestamp, exclude, data } = publication;
  const header = { origin, id, channel, epoch, offset, type, eventType, timestamp, exclude };
  return `${JSON.stringify(header)}\n${data}`;
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
  const { origin, id, channel, epoch, offset, type, eventType, timestamp, exclude } = value;
  const optional = {
    ...(eventType !== undefined && { eventType }),
    ...(exclude !== undefined && { exclude }),
  };
  const data = text.slice(end + 1);
  return { origin, publication: { id, channel, epoch, offset, type, data, timestamp, ...optional } };
}

type Header = Omit<Publication, 'data'> & { readonly origin: string };

const texts = ['origin', 'id', 'channel', 'epoch', 'type', 'timestamp'] as const;

function isHeader(value: unknown): value is Header {
  if (typeof value !== 'object' || value === null) return false;
  const { offset, eventType, exclude, ...rest } = value as Partial<Header>;
  if (eventType !== undefined && typeof eventType !== 'string') return false;
  if (exclude !== undefined && !isExclusion(exclude)) return false;
  return Number.isSafeInteger(offset) && texts.every((name) => typeof rest[name] === 'string');
}

/** A kind of exclusion that is not known is not to be ignored: the log is read instead. */
function isExclusion(value: unknown): value is Exclusion {
  return typeof value === 'string' && /^(user|session|since):/.test(value);
}

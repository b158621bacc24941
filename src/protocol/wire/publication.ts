/** Readers that a publication is kept from: a user by id, a session, or those that read since `epoch:offset` or earlier. */
export type Exclusion = `user:${string}` | `session:${string}` | `since:${string}:${number}`;

/**
 * One item of a channel as the engine holds it. `data` stays JSON text from the publisher to the socket: it is
 * encoded once, whatever the number of readers and transports.
 */
export interface Publication {
  readonly id: string;
  /** The channel in the log, and the name it has on the wire where the two differ (personal channels). */
  readonly channel: string;
  readonly epoch: string;
  readonly offset: number;
  readonly type: string;
  readonly eventType?: string;
  /** JSON text. */
  readonly data: string;
  /** ISO 8601 with milliseconds, UTC; never runs backwards within a channel. */
  readonly timestamp: string;
  /** The readers that it names do not get the publication, live or later. Never on the wire. */
  readonly exclude?: Exclusion;
}

/**
 * The type of the frame that excluded readers get in place of a publication, so that offsets have no gap for anybody
 * (R2).
 */
export const skippedType = 'skipped';

export function skipped({ id, channel, epoch, offset, timestamp }: Publication): Publication {
  return { id, channel, epoch, offset, type: skippedType, data: 'null', timestamp };
}

/** The JSON text of a publication frame. `wireName` is the name the subscribers know the channel by. */
export function encodePublication(publication: Publication, wireName: string): string {
  const { type, eventType, data, timestamp, offset, id } = publication;
  // Names are ASCII by grammar and ids by make: only type and eventType come from callers and need escaping.
  const event = eventType === undefined ? '' : `,"eventType":${JSON.stringify(eventType)}`;
  return `{"type":${JSON.stringify(type)},"channel":"${wireName}"${event},"data":${data},"timestamp":"${timestamp}","offset":${offset},"id":"${id}"}`;
}

const beforeData = ',"data":';
const afterData = ',"timestamp":"';

/** The data in the text that `encodePublication` made, to the letter; undefined for what is kept from its reader. */
export function dataOf(text: string): string | undefined {
  if (text.startsWith(`{"type":"${skippedType}"`)) return undefined;
  // Neither type, channel nor event type holds a quote that is not escaped, and behind the data come names alone.
  return text.slice(text.indexOf(beforeData) + beforeData.length, text.lastIndexOf(afterData));
}

/** The timestamp in the text that `encodePublication` made. */
export function timestampOf(text: string): string {
  const from = text.lastIndexOf(afterData) + afterData.length;
  return text.slice(from, text.indexOf('"', from));
}

import { encodeSegment, isChannelName } from './channel-name.ts';

/** A place in a channel's log: everything up to and including `offset`, in the life called `epoch`. */
export interface Position {
  readonly epoch: string;
  /** Publications of a channel count from 1; 0 is the beginning. */
  readonly offset: number;
}

/** `epoch:offset` */
const positionPattern = /^([A-Za-z0-9]{1,32}):(0|[1-9][0-9]{0,15})$/;

export function formatPosition({ epoch, offset }: Position): string {
  return `${epoch}:${offset}`;
}

/** The position a string stands for, or undefined when it stands for none. */
export function parsePosition(text: string): Position | undefined {
  const match = positionPattern.exec(text);
  if (!match?.[1]) return undefined;
  const offset = Number(match[2]);
  return Number.isSafeInteger(offset) ? { epoch: match[1], offset } : undefined;
}

/** Positions in several channels at once, by their names on the wire. */
export type PositionVector = ReadonlyMap<string, Position>;

/** `channel@epoch:offset,channel@epoch:offset`; channel names hold neither of the two signs. */
export function formatVector(vector: PositionVector): string {
  return [...vector].map(([channel, position]) => `${channel}@${formatPosition(position)}`).join(',');
}

/** `epoch:offset` of one channel alone, a vector of several. */
export function formatPositions(vector: PositionVector): string {
  const [first, ...others] = vector.values();
  return first && others.length === 0 ? formatPosition(first) : formatVector(vector);
}

/** The tenant that the session acted for alone, which a string of positions can name beside them. */
export function contextOfVector(text: string): string | undefined {
  const [, context] = text.split(contextSign);
  if (context === undefined || !/^(?:[A-Za-z0-9_.~-]|%[0-9A-F]{2})+$/.test(context)) return undefined;
  try {
    return decodeURIComponent(context);
  } catch (error) {
    // Bytes that are no UTF-8.
    if (error instanceof URIError) return undefined;
    throw error;
  }
}

/** The same positions of a session that acts for one tenant alone. */
export const inVectorContext = (vector: string, context: string) =>
  `${vector}${contextSign}${encodeSegment(context)}`;

/** Longest text of the positions of a session, in characters: of 128 channels with the longest names there are. */
export const maxVectorLength = 32_768;

/** In no channel name, and nothing that needs escaping in JSON. */
const contextSign = ';';

/** The positions a string stands for, or undefined when a part stands for none or a channel comes twice. */
export function parseVector(text: string): PositionVector | undefined {
  const vector = new Map<string, Position>();
  const [positions = ''] = text.split(contextSign);
  for (const part of positions.split(',')) {
    const at = part.indexOf('@');
    const channel = part.slice(0, Math.max(0, at));
    const position = parsePosition(part.slice(at + 1));
    if (!position || !isChannelName(channel) || vector.has(channel)) return undefined;
    vector.set(channel, position);
  }
  return vector;
}

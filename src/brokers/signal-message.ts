/** A signal of the engine on its way through a broker. */
export interface SignalMessage {
  /** The process that sent it. */
  readonly origin: string;
  readonly channel: string;
  readonly text: string;
}

/**
 * One line of JSON, then the text as it is: escaped, it could grow beyond what a NOTIFY holds. `mark` tells apart
 * signals that are otherwise equal: of equal payloads in one transaction Postgres delivers one.
 */
export function encodeSignalMessage({ origin, channel, text }: SignalMessage, mark = 0): string {
  return `${JSON.stringify([origin, channel, mark])}\n${text}`;
}

/** The signal in a message, or undefined when it is something else: only a signal is an array and a line break. */
export function parseSignalMessage(message: string): SignalMessage | undefined {
  const end = message.indexOf('\n');
  if (end < 0 || !message.startsWith('[')) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(message.slice(0, end));
  } catch {
    return undefined;
  }
  if (!Array.isArray(value)) return undefined;
  const [origin, channel] = value;
  if (typeof origin !== 'string' || typeof channel !== 'string') return undefined;
  return { origin, channel, text: message.slice(end + 1) };
}

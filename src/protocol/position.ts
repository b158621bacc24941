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

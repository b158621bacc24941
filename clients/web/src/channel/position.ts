import type { Position } from '../../../../src/protocol/wire/position.ts';

export type { Position };

/** A position needs no closer look here, since the server alone makes it: the part before the colon, and a number. */
export function parsePosition(text: string | undefined): Position | undefined {
  const [epoch, offset] = (text ?? '').split(':');
  return epoch && offset ? { epoch, offset: Number(offset) } : undefined;
}

export const formatPosition = ({ epoch, offset }: Position): string => `${epoch}:${offset}`;

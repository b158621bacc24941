import type { Position } from '../../../../src/protocol/wire/position.ts';

export type { Position };

/** A position needs no closer look here, since the server alone makes it: the part before the colon, and a number. */
export function parsePosition(text: string | null | undefined): Position | undefined {
  const [epoch, offset] = (text ?? '').split(':');
  return epoch && offset ? { epoch, offset: Number(offset) } : undefined;
}

export const formatPosition = ({ epoch, offset }: Position): string => `${epoch}:${offset}`;

/** Whether everything up to `at` is behind `position`; never across two lives of a log. */
export const holds = (position: Position | undefined, at: Position): boolean =>
  position?.epoch === at.epoch && position.offset >= at.offset;

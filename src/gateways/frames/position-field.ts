import { AppError } from '../../errors.ts';
import { type Position, parsePosition } from '../../protocol/wire/position.ts';

/** The position that a client sent in a field, if it sent one. Throws `invalid_frame`. */
export function positionOf(
  text: string | undefined,
  field: 'since' | 'before' = 'since',
): Position | undefined {
  const position = text === undefined ? undefined : parsePosition(text);
  if (text === undefined || position) return position;
  throw new AppError('invalid_frame', `"${field}" is a position as the server gave it: epoch:offset.`);
}

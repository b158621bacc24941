import { AppError } from '../../../errors.ts';
import { isInstant } from '../../../protocol/schemas/instant.ts';
import { isText } from '../../../protocol/schemas/text.ts';

/** The place of a row in a list that is ordered by time, then by id. */
export interface Place {
  /** ISO 8601. */
  readonly at: string;
  readonly id: string;
}

export const cursorOf = (at: string, id: string): string => Buffer.from(`${at} ${id}`).toString('base64url');

/** Throws `validation_failed` for a text that no page gave. */
export function parseCursor(cursor: string | undefined): Place | undefined {
  if (cursor === undefined) return undefined;
  const text = Buffer.from(cursor, 'base64url').toString();
  const [, at = '', id = ''] = /^(\S+) (.+)$/s.exec(text) ?? [];
  if (isInstant(at) && isText(id) && cursorOf(at, id) === cursor) return { at, id };
  throw new AppError('validation_failed', 'The cursor is no `nextCursor` of this list.', { field: 'cursor' });
}

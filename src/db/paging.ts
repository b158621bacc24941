import { type SQL, type SQLWrapper, sql } from 'drizzle-orm';
import { AppError } from '../errors.ts';
import { isInstant } from '../protocol/schemas/instant.ts';

/** A part of a list: at most `limit` items after the place of a `cursor`. */
export interface PageQuery {
  readonly cursor?: string | undefined;
  readonly limit: number;
}

export interface Page<Item> {
  readonly data: Item[];
  readonly more: boolean;
  readonly nextCursor: string | null;
}

/** The values of a row in the columns that order its list, as text; the last one is unique. */
type Place = readonly string[];

/** A column of the order, and how Postgres reads its text. */
export type OrderColumn = readonly [column: SQLWrapper, type: 'text' | 'timestamptz' | 'bigint' | 'uuid'];

/**
 * The condition of a page: rows behind the place of the cursor, in the order given. A place is compared by value, so rows
 * that come or go meanwhile neither move nor repeat the others. Throws `validation_failed` for a cursor of no such list.
 */
export function behind(
  columns: readonly OrderColumn[],
  direction: 'ascending' | 'descending',
  cursor: string | undefined,
): SQL | undefined {
  if (cursor === undefined) return undefined;
  const place = placeIn(
    cursor,
    columns.map(([, type]) => type),
  );
  const names = sql.join(
    columns.map(([column]) => sql`${column}`),
    sql`, `,
  );
  const values = sql.join(
    columns.map(([, type], index) => sql`${place[index]}::${sql.raw(type)}`),
    sql`, `,
  );
  return direction === 'ascending' ? sql`(${names}) > (${values})` : sql`(${names}) < (${values})`;
}

/** The page in `limit + 1` rows that were read. */
export function pageOf<Row>(rows: readonly Row[], limit: number, placeOf: (row: Row) => Place): Page<Row> {
  const data = rows.slice(0, limit);
  const last = data.at(-1);
  const more = rows.length > limit;
  return { data, more, nextCursor: more && last ? encodePlace(placeOf(last)) : null };
}

const encodePlace = (place: Place) => Buffer.from(JSON.stringify(place)).toString('base64url');

const reads: Readonly<Record<OrderColumn[1], (text: string) => boolean>> = {
  text: (text) => /^[^\0]{1,500}$/u.test(text),
  timestamptz: isInstant,
  bigint: (text) => /^\d{1,18}$/.test(text),
  uuid: (text) => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text),
};

/** The place that a cursor names, in columns of these types. Throws `validation_failed` for a cursor of no such list. */
export function placeIn(cursor: string, types: readonly OrderColumn[1][]): Place {
  const place = parseJson(Buffer.from(cursor, 'base64url').toString());
  const fits =
    Array.isArray(place) &&
    place.length === types.length &&
    types.every((type, index) => isOf(type, place[index])) &&
    encodePlace(place) === cursor;
  if (fits) return place;
  throw new AppError('validation_failed', 'The cursor is no `nextCursor` of this list.', { field: 'cursor' });
}

/** A place that Postgres reads, also from a forged cursor. */
const isOf = (type: OrderColumn[1], value: unknown) =>
  typeof value === 'string' && value.isWellFormed() && reads[type](value);

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

import type { PersonalPlace } from './personal-data.ts';

/** Rows of one statement: each ends within the limit of a query. */
const rowsAtOnce = 1_000;

/** A statement that is repeated until it returns no row. */
export interface PlaceStatement {
  readonly text: string;
  readonly values: readonly unknown[];
}

/** Characters between the parts of a path or an address. */
const boundary = '[/?&=#:.,; ]';

/** The id as it stands in JSON, quotes included. */
export const jsonToken = (userId: string): string => JSON.stringify(userId);

/** Returns the statement that takes a person out of a place; it changes at most a thousand rows. */
export function statementFor(table: string, place: PersonalPlace, userId: string): PlaceStatement {
  if ('rowsOf' in place) {
    const rows = found(table, `${quoted(place.rowsOf)}::text = $1`);
    return { text: `delete from ${table} where ${rows} returning 1`, values: [userId] };
  }
  if ('name' in place) {
    const column = quoted(place.name);
    const others = Object.entries(place.sets ?? {}).map(([name, value]) => `${quoted(name)} = ${value}`);
    const sets = [`${column} = ${place.becomes === null ? 'null' : `''`}`, ...others].join(', ');
    return update(table, sets, `${column}::text = $1`, [userId]);
  }
  if ('list' in place) {
    const column = quoted(place.list);
    const rest = `array(select each from unnest(${column}) with ordinality as item(each, place) where each::text <> $1 order by place)`;
    return update(table, `${column} = ${rest}`, `$1 = any(${column}::text[])`, [userId]);
  }
  if ('json' in place) {
    const column = quoted(place.json);
    const text = `replace(${column}::text, $1, '""')::${place.type}`;
    return update(table, `${column} = ${text}`, `strpos(${column}::text, $1) > 0`, [jsonToken(userId)]);
  }
  const column = quoted(place.path);
  const pattern = `(^|${boundary})${escapedForPattern(userId)}(?=$|${boundary})`;
  return update(table, `${column} = regexp_replace(${column}, $1, '\\1', 'g')`, `${column} ~ $1`, [pattern]);
}

const update = (table: string, sets: string, where: string, values: readonly unknown[]): PlaceStatement => ({
  text: `update ${table} set ${sets} where ${found(table, where)} returning 1`,
  values,
});

const found = (table: string, where: string) =>
  `ctid = any(array(select ctid from ${table} where ${where} limit ${rowsAtOnce} for update))`;

const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`;
const escapedForPattern = (text: string) => text.replace(/[!-/:-@[-^`{-~]/g, (sign) => `\\${sign}`);

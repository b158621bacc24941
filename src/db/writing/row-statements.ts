import { getTableColumns, getTableName, type SQL, type SQLWrapper, sql } from 'drizzle-orm';
import type { PgColumn, PgTable } from 'drizzle-orm/pg-core';
import { isoTime } from '../append-statements.ts';

/*
 * Parts of statements that change one row of a table of drizzle's schema and are larger than its query builder: they stand
 * in common table expressions beside the append.
 */

/** By the names of the columns in TypeScript; what is undefined is left out. */
type Values = Readonly<Record<string, unknown>>;

/** `insert into … select … from source`: a row for each of the source's. */
export function insertInto(table: PgTable, values: Values, source: SQL): SQL {
  const given = columnsOf(table, values);
  const names = sql.raw(given.map(([column]) => `"${column.name}"`).join(', '));
  const parameters = given.map(([column, value]) => encoded(column, value));
  return sql`insert into ${table} (${names})
    select ${sql.join(parameters, sql`, `)} from ${source}`;
}

/** The assignments of an update. */
export function assignments(table: PgTable, values: Values): SQL {
  const given = columnsOf(table, values).map(
    ([column, value]) => sql`${sql.identifier(column.name)} = ${encoded(column, value)}`,
  );
  return sql.join(given, sql`, `);
}

/** The columns of the row `row` as a JSON object, with the names and the spelling that they have in TypeScript. */
export function rowJson(
  row: string,
  columns: Readonly<Record<string, PgColumn>>,
  added: Readonly<Record<string, SQL>> = {},
): SQL {
  const members = Object.entries(columns).map(([name, column]) => {
    const place = `${row}."${column.name}"`;
    const isTime = column.getSQLType().startsWith('timestamp');
    return `${isTime ? isoTime(place) : place} as "${name}"`;
  });
  return objectOf([sql.raw(members.join(', ')), ...named(added)]);
}

/** A JSON object of these expressions. */
export const jsonObject = (members: Readonly<Record<string, SQL>>): SQL => objectOf(named(members));

const named = (members: Readonly<Record<string, SQL>>) =>
  Object.entries(members).map(([name, value]) => sql`${value} as ${sql.identifier(name)}`);

/** `row_to_json` writes no spaces, as `json_build_object` does. */
const objectOf = (members: SQL[]) =>
  sql`(select row_to_json(object) from (select ${sql.join(members, sql`, `)}) object)`;

function columnsOf(table: PgTable, values: Values): (readonly [PgColumn, unknown])[] {
  const columns: Readonly<Record<string, PgColumn>> = getTableColumns(table);
  return Object.entries(values).flatMap(([name, value]) => {
    if (value === undefined) return [];
    const column = columns[name];
    if (!column) throw new Error(`${getTableName(table)} has no column ${name}.`);
    return [[column, value] as const];
  });
}

const encoded = (column: PgColumn, value: unknown): SQLWrapper =>
  isSql(value) ? value : sql`${value === null ? null : sql.param(value, column)}`;

const isSql = (value: unknown): value is SQLWrapper =>
  typeof value === 'object' && value !== null && 'getSQL' in value;

/** The personal channel of the user whom an expression names, as `personalChannel` writes it. */
export const personalChannelOf = (namespace: string, userId: SQL): SQL =>
  sql`${`${namespace}:`} || public.realtime_encode_segment(${userId})`;

import { type SQL, sql } from 'drizzle-orm';
import { type AnyPgColumn, check, customType, text } from 'drizzle-orm/pg-core';

/** ISO 8601 with milliseconds, as it stands on the wire. */
export const instant = customType<{ data: string; driverData: string }>({
  dataType: () => 'timestamp(3) with time zone',
  fromDriver: (value) => new Date(value).toISOString(),
});

export const createdAt = () => instant('created_at').notNull().default(sql`clock_timestamp()`);

export const texts = (name: string) => text(name).array().notNull().default(sql`'{}'`);

export function oneOf(name: string, column: AnyPgColumn, values: readonly string[]) {
  const list: SQL = sql.raw(values.map((value) => `'${value}'`).join(', '));
  return check(`${name}_check`, sql`${column} in (${list})`);
}

import { type SQL, sql } from 'drizzle-orm';
import type { PgTable } from 'drizzle-orm/pg-core';
import type { RowShape } from './published-table.ts';
import { arrayLiteral } from './row-source.ts';

/** The row of `table` that a statement is about, spelled as it is published everywhere. */
export function wireRow(table: PgTable, { hidden = [], texts = [], columns, zone = 'UTC' }: RowShape): SQL {
  const chosen = columns ? arrayLiteral(columns) : null;
  return sql`public.realtime_wire_row(${table}.*, ${arrayLiteral(hidden)}::text[], ${arrayLiteral(texts)}::text[], ${chosen}::text[], ${zone}::text)`;
}

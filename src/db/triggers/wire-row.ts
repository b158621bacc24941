import { type SQL, sql } from 'drizzle-orm';
import type { PgTable } from 'drizzle-orm/pg-core';
import { textArray } from '../array-literal.ts';
import type { RowShape } from './published-table.ts';

/** The row of `table` that a statement is about, spelled as it is published everywhere. */
export function wireRow(table: PgTable, { hidden = [], texts = [], columns, zone = 'UTC' }: RowShape): SQL {
  const chosen = columns ? textArray(columns) : null;
  return sql`public.realtime_wire_row(${table}.*, ${textArray(hidden)}::text[], ${textArray(texts)}::text[], ${chosen}::text[], ${zone}::text)`;
}

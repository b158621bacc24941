import { is } from 'drizzle-orm';
import { getTableConfig, PgTable } from 'drizzle-orm/pg-core';
import type { NeededTable } from './lacks.ts';

/** The tables that the exports of a schema file declare. */
export function neededTables(schema: Readonly<Record<string, unknown>>): NeededTable[] {
  return Object.values(schema).flatMap((each) => {
    if (!is(each, PgTable)) return [];
    const { schema: name = 'public', name: table, columns } = getTableConfig(each);
    return [{ schema: name, name: table, columns: columns.map((column) => column.name) }];
  });
}

import { is } from 'drizzle-orm';
import { getTableConfig, PgTable } from 'drizzle-orm/pg-core';
import type { NeededTable } from './lacks.ts';

/** The tables that the exports of a schema file declare. */
export function neededTables(schema: Readonly<Record<string, unknown>>): NeededTable[] {
  return Object.values(schema).flatMap((each) => {
    if (!is(each, PgTable)) return [];
    const { schema: name = 'public', name: table, columns } = getTableConfig(each);
    // A default that is made in code is sent with the row.
    const optional = columns.filter(
      (column) => !column.notNull || (column.hasDefault && column.defaultFn === undefined),
    );
    const names = (of: typeof columns) => of.map((column) => column.name);
    return [{ schema: name, name: table, columns: names(columns), optional: names(optional) }];
  });
}

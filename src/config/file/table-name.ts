/** A table by its names in the catalogue, as they stand there. */
export interface TableName {
  /** `public` when left out. */
  readonly schema?: string;
  readonly table: string;
}

/** The form of a name of a table, for a fault. */
export const tableNameForm =
  'table or schema.table; a part with a dot or a quotation mark stands in quotation marks, as in SQL: shop."orders.2026"';

const quoted = '"((?:[^"]|"")+)"';
const pattern = new RegExp(`^(?:(?:${quoted}|([^".]+))\\.)?(?:${quoted}|([^".]+))$`, 's');

/**
 * Reads `table`, `schema.table`, and parts in quotation marks, in which a mark of the name's own is doubled. Capitals
 * stay as they are, with and without them. Undefined for any other text.
 */
export function parseTableName(text: string): TableName | undefined {
  const match = pattern.exec(text);
  if (!match) return undefined;
  const [, quotedSchema, plainSchema, quotedTable, plainTable = ''] = match;
  const unquoted = (part: string) => part.replaceAll('""', '"');
  const schema = quotedSchema === undefined ? plainSchema : unquoted(quotedSchema);
  const table = quotedTable === undefined ? plainTable : unquoted(quotedTable);
  return { ...(schema !== undefined && { schema }), table };
}

/** Returns the text that `parseTableName` reads as this table. */
export function formatTableName({ schema = 'public', table }: TableName): string {
  const part = (name: string) => (/[".]/.test(name) ? `"${name.replaceAll('"', '""')}"` : name);
  return schema === 'public' ? part(table) : `${part(schema)}.${part(table)}`;
}

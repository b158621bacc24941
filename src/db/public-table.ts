import { type PgTableFn, pgTable } from 'drizzle-orm/pg-core';

/** The property in which drizzle keeps the schema of a table. */
const schema = Symbol.for('drizzle:Schema');

/** drizzle-kit writes the schema `public` as none, and would move every table for this one. */
const generates = Bun.main.includes('drizzle-kit');

/**
 * A table in the schema `public` that statements name with it: which `users` a bare name means is a matter of the
 * session's search_path, which begins with a schema of the role's own name.
 */
export const publicTable = ((...definition: Parameters<typeof pgTable>) => {
  const table = pgTable(...definition);
  if (!generates) Object.assign(table, { [schema]: 'public' });
  return table;
}) as PgTableFn;

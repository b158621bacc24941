import type { Client } from '../connection/driver.ts';

/**
 * Makes a schema where there is none. `create schema if not exists` asks for the right to create schemas even where there
 * is one, and an administrator may have made it for a role without that right.
 */
export async function makeSchema(client: Client, name: string): Promise<void> {
  const { rows } = await client.query({
    text: 'select exists (select from pg_catalog.pg_namespace where nspname = $1) as known',
    values: [name],
  });
  if (rows[0]?.['known'] !== true) await client.query({ text: `create schema "${name}"` });
}

/** The schema that a statement of a migration makes. */
export const schemaOf = (statement: string) => /^\s*create schema "?([a-z_]+)"?;?\s*$/i.exec(statement)?.[1];

import type { TSchema } from '@sinclair/typebox';

/** The schema with another description. The type stays that of the schema. */
export function described<Schema extends TSchema>(schema: Schema, description: string): Schema {
  return { ...schema, description };
}

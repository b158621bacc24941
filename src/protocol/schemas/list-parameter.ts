import type { TSchema } from '@sinclair/typebox';

const list = Symbol('list');

/** Marks the schema of a parameter of an address that holds several values: separated by commas, or each in its own. */
export function listParameter<Schema extends TSchema>(schema: Schema): Schema {
  return { ...schema, [list]: true };
}

export function isListParameter(schema: TSchema): boolean {
  return list in schema;
}

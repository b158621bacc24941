import { Kind, type TObject, type TSchema } from '@sinclair/typebox';
import { type AnyElysia, t } from 'elysia';

/**
 * Makes `Type.Integer()` of TypeBox work where a request has text, as Elysia's own `t.Integer()` does: in the parameters of
 * a path, the query and the headers. Elysia turns text into the numbers and booleans of TypeBox, but not into its integers.
 */
export function coercePlainIntegers(plugin: AnyElysia): AnyElysia {
  for (const { hooks } of plugin.routes) {
    for (const part of ['params', 'query', 'headers'] as const) {
      const schema = (hooks as Readonly<Record<string, unknown>>)[part];
      if (isObjectSchema(schema)) Object.assign(hooks, { [part]: withIntegers(schema) });
    }
  }
  return plugin;
}

function withIntegers(schema: TObject): TObject {
  const properties = Object.fromEntries(
    Object.entries(schema.properties).map(([name, each]) => [
      name,
      isPlainInteger(each) ? integerOf(each) : each,
    ]),
  );
  return { ...schema, properties };
}

/** Optionality and modifiers are symbols on the schema, which the options carry over. */
const integerOf = (schema: TSchema): TSchema => ({ ...t.Integer(schema), ...modifiersOf(schema) });

const modifiersOf = (schema: TSchema) =>
  Object.fromEntries(
    Object.getOwnPropertySymbols(schema)
      .filter((symbol) => symbol !== Kind)
      .map((symbol) => [symbol, schema[symbol as unknown as string]]),
  );

const isObjectSchema = (schema: unknown): schema is TObject =>
  typeof schema === 'object' && schema !== null && (schema as TSchema)[Kind] === 'Object';

const isPlainInteger = (schema: TSchema) => schema[Kind] === 'Integer';

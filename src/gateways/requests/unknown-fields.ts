import type { TSchema } from '@sinclair/typebox';
import { rawNumber } from '../../protocol/wire/json.ts';

/** The parts of a schema that say which fields there are. */
interface Shape {
  readonly type?: string;
  readonly const?: unknown;
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly items?: Shape;
  readonly anyOf?: readonly Shape[];
  readonly allOf?: readonly Shape[];
}

/**
 * The fields of a value that its schema does not name, at any depth, as paths (`publications.0.ephemeral`). What a schema
 * leaves open (`data`, a record) may hold anything. Of alternatives, the one that the value comes closest to counts.
 */
export function unknownFields(schema: TSchema, value: unknown): readonly string[] {
  return within(schema as Shape, value, '');
}

function within(schema: Shape, value: unknown, path: string): readonly string[] {
  if (typeof value !== 'object' || value === null) return none;
  if (schema.anyOf) {
    const found = schema.anyOf.filter((each) => mayBe(each, value)).map((each) => within(each, value, path));
    return found.sort((a, b) => a.length - b.length)[0] ?? none;
  }
  if (Array.isArray(value)) {
    const { items } = schema;
    return items ? value.flatMap((item, index) => within(items, item, join(path, String(index)))) : none;
  }
  const properties = propertiesOf(schema);
  if (!properties) return none;
  const fields = value as Readonly<Record<string, unknown>>;
  let found: string[] | undefined;
  for (const name of Object.keys(fields)) {
    const known = Object.hasOwn(properties, name) ? properties[name] : undefined;
    const inner = known ? within(known, fields[name], join(path, name)) : [join(path, name)];
    for (const each of inner) {
      found ??= [];
      found.push(each);
    }
  }
  return found ?? none;
}

/** One list for all values whose fields are known, as nearly every request is one. */
const none: readonly string[] = [];

/** Whether a value is of the kind of an alternative: its type, and each field that has one value only. */
function mayBe(schema: Shape, value: object): boolean {
  if (schema.type === 'array') return Array.isArray(value);
  const properties = propertiesOf(schema);
  if (!properties || Array.isArray(value)) return schema.type === undefined;
  const fields: Readonly<Record<string, unknown>> = { ...value };
  return Object.entries(properties).every(
    ([name, inner]) => inner.const === undefined || fields[name] === inner.const,
  );
}

function propertiesOf({ properties, allOf }: Shape): Readonly<Record<string, Shape>> | undefined {
  if (!allOf) return properties;
  const all = allOf.map(propertiesOf);
  return all.every((each) => each !== undefined) ? Object.assign({}, ...all) : undefined;
}

/**
 * Prepares a body for validation, in place. The raw numbers of `parseJson` become doubles wherever the schema asks for a
 * number: rounding is what a column of doubles does; under what a schema leaves open they stay. An object in the place of
 * a text becomes an empty one: it is refused in any case, and Elysia fails to word that of one with a `toString` of its own.
 */
export function settleBody(schema: TSchema, value: unknown): void {
  settle(schema as Shape, value);
}

function settle(schema: Shape, value: unknown): unknown {
  if (schema.type === 'string' && typeof value === 'object' && value !== null) return {};
  const raw = rawNumber(value);
  if (raw !== undefined) return schema.type === 'number' || schema.type === 'integer' ? Number(raw) : value;
  if (typeof value !== 'object' || value === null) return value;
  if (schema.anyOf) {
    for (const each of schema.anyOf.filter((alternative) => mayBe(alternative, value))) settle(each, value);
    return value;
  }
  const properties = propertiesOf(schema);
  if (!properties && !schema.items) return value;
  const fields = value as Record<string, unknown>;
  for (const name of Object.keys(fields)) {
    const known = Array.isArray(value) ? schema.items : properties?.[name];
    const settled = known && settle(known, fields[name]);
    if (known && settled !== fields[name]) fields[name] = settled;
  }
  return value;
}

const join = (path: string, name: string) => (path === '' ? name : `${path}.${name}`);

import type { TSchema } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';

/** Texts, one of which fits any pattern or format of ours. */
const texts = [
  'a',
  'A',
  '2026-01-31T08:00:00Z',
  '01a1fddf-0c4a-7120-93a1-52af0a5a6b01',
  '1',
  'PHP',
  'https://example.org/a',
  'open',
  'low',
  `${'a'.repeat(87)}`,
  `${'a'.repeat(22)}`,
  'x:0',
];

/** The parts of a schema that a sample is made from. */
interface Shape {
  readonly type?: string;
  readonly const?: unknown;
  readonly default?: unknown;
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
  readonly properties?: Readonly<Record<string, TSchema>>;
  readonly items?: TSchema;
  readonly anyOf?: readonly TSchema[];
  readonly maxProperties?: number;
}

/** Values that fit the schema, with every optional field: one for each of its alternatives. */
export function samplesOf(schema: TSchema): unknown[] {
  const shape = schema as Shape;
  if (shape.const !== undefined) return [shape.const];
  if (shape.anyOf) return shape.anyOf.flatMap(samplesOf);
  switch (shape.type) {
    case 'string':
      return texts.filter((text) => Value.Check(schema, text)).slice(0, 1);
    case 'integer':
    case 'number':
      return [shape.minimum ?? (shape.exclusiveMinimum ?? 0) + 1];
    case 'boolean':
      return [false];
    case 'null':
      return [null];
    case 'array':
      return [shape.items ? samplesOf(shape.items) : []];
    case 'object':
      return objectsOf(shape);
    default:
      return [{ a: 1 }];
  }
}

export function sampleOf(schema: TSchema): unknown {
  return samplesOf(schema)[0];
}

/** One object for each alternative of the field that has most of them. */
function objectsOf({ properties = {}, maxProperties = Number.POSITIVE_INFINITY }: Shape): object[] {
  const fields = Object.entries(properties).slice(0, maxProperties);
  const choices = fields.map(([name, inner]) => [name, samplesOf(inner)] as const);
  const most = Math.max(1, ...choices.map(([, values]) => values.length));
  return Array.from({ length: most }, (_, index) =>
    Object.fromEntries(choices.map(([name, values]) => [name, values[index % values.length]])),
  );
}

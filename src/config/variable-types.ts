import { type TUnsafe, Type } from '@sinclair/typebox';

/** A variable that may be left out. `expected` is the text of a fault. */
export const text = (expected: string, description: string, options: object = {}) =>
  Type.Optional(Type.String({ minLength: 1, maxLength: 10_000, expected, description, ...options }));

/** A `text` whose value is kept out of every message. */
export const secret = (expected: string, description: string, options: object = {}) =>
  text(expected, description, { secret: true, ...options });

export const list = (item: string, expected: string, description: string) =>
  Type.Array(Type.String({ pattern: item }), { minItems: 1, uniqueItems: true, expected, description });

export const choice = <const Name extends string>(
  names: readonly Name[],
  description: string,
  options: object = {},
) => {
  const literals = names.map((name) => Type.Literal(name));
  const expected = `one of ${names.join(', ')}`;
  return Type.Union(literals, { expected, description, ...options }) as unknown as TUnsafe<Name>;
};

export const integer = (minimum: number, maximum: number, fallback: number, description: string) =>
  Type.Integer({ minimum, maximum, default: fallback, description });

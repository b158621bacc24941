import { FormatRegistry, type IntegerOptions, type TInteger, Type } from '@sinclair/typebox';

/** The largest of a Postgres `integer`. */
export const maxInteger = 2_147_483_647;

/** A whole number that a column of type integer takes. */
export function Integer(options: IntegerOptions = {}): TInteger {
  return Type.Integer({ minimum: -maxInteger - 1, maximum: maxInteger, ...options });
}

const decimal = /^-?\d{1,20}(?:\.\d{1,20})?$/;

// A number of an address: Elysia's own formats take any length, and what only JavaScript calls a number (`0x1F`, ` 7`).
FormatRegistry.Set('numeric', (value) => decimal.test(value));
FormatRegistry.Set('integer', (value) => decimal.test(value) && Number.isInteger(Number(value)));

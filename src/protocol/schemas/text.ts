import { FormatRegistry, type StringOptions, type TString, Type } from '@sinclair/typebox';

/** Whether a text is Unicode that Postgres stores: no NUL, and no half of a surrogate pair. Linear in its length. */
export function isText(value: string): boolean {
  return value.isWellFormed() && !value.includes('\0');
}

FormatRegistry.Set('text', isText);

/** A text that somebody sends: 1 to `maxLength` UTF-16 units that `isText` admits. */
export function Text(
  maxLength: number,
  options: Pick<StringOptions, 'minLength' | 'description'> = {},
): TString {
  return Type.String({ minLength: 1, ...options, maxLength, format: 'text' });
}

/** A text of a fixed alphabet. `pattern` is anchored, and takes linear time: it repeats no group that holds a repetition. */
export function Word(maxLength: number, pattern: string, options: StringOptions = {}): TString {
  return Type.String({ ...options, maxLength, pattern });
}

const uuidPattern = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

// The form that a column of type uuid takes: `urn:uuid:`, which other validators admit, is no part of it.
FormatRegistry.Set('uuid', (value) => value.length === 36 && uuidPattern.test(value));

export function Uuid(options: Pick<StringOptions, 'description'> = {}): TString {
  return Type.String({ ...options, format: 'uuid', maxLength: 36 });
}

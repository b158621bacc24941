import type { ValueError } from '@sinclair/typebox/errors';

/** The requirement of each format, in words for the author of a value that fails it. */
const formats: Readonly<Record<string, string>> = {
  text: 'Expected Unicode text without NUL and without half a surrogate pair',
  uuid: 'Expected a UUID, 8-4-4-4-12 hexadecimal digits',
  'date-time': 'Expected a time of the calendar with its offset (RFC 3339), such as 2026-01-31T08:00:00Z',
  'instant-parameter':
    'Expected a time of the calendar with its offset (RFC 3339), such as 2026-01-31T08:00:00Z',
};

/** The fault of a value, without the value itself. */
export function faultMessage({ schema, message }: Pick<ValueError, 'schema' | 'message'>): string {
  const { format } = schema as { readonly format?: string };
  const isOfFormat = format !== undefined && message.endsWith(`'${format}' format`);
  return (isOfFormat ? formats[format] : undefined) ?? message;
}

import { rawNumber } from '../../protocol/wire/json.ts';

/** Longest title and message, and longest value of the payload in them, in characters. */
export const maxTitleLength = 200;
export const maxMessageLength = 2_000;
const maxValueLength = 500;

/**
 * Plain text out of a template: `{name}` is the value of that member of the payload, `{student.name}` of a member's
 * member. What the payload has no text, number or truth value for stays as it is written, so that it is noticed. Values
 * are never read as templates, nor do they mean anything to HTML: a reader shows text as text.
 */
export function fillTemplate(template: string, payload: object, maxLength: number): string {
  const filled = template.replace(
    /\{([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)\}/g,
    (placeholder, path: string) => textOf(valueAt(payload, path.split('.'))) ?? placeholder,
  );
  return plainText(filled, maxLength);
}

/** Without control characters and marks that turn the direction of writing, and no longer than allowed. */
export function plainText(text: string, maxLength: number): string {
  const printable = text.replace(unprintable, '');
  return printable.length > maxLength ? `${cut(printable, maxLength - 1)}…` : printable;
}

/** Tab and newline stay; halves of signs, which no UTF-8 can carry, do not. */
const unprintable = /(?![\t\n])\p{Cc}|\p{Cs}|[\u202A-\u202E\u2066-\u2069]/gu;

function valueAt(payload: object, path: readonly string[]): unknown {
  let value: unknown = payload;
  for (const name of path) {
    // Own members alone: `{constructor}` is nobody's payload.
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
    value = (value as Readonly<Record<string, unknown>>)[name];
  }
  return value;
}

function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return plainText(value, maxValueLength);
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : rawNumber(value);
}

/** Never between the halves of a sign. */
function cut(text: string, length: number): string {
  const isHigh = (text.charCodeAt(length - 1) & 0xfc00) === 0xd800;
  return text.slice(0, isHigh ? length - 1 : length);
}

/**
 * A list as Postgres reads it in a text parameter. The driver makes the same text, at ten times the cost. Returns the
 * value itself where it is no list, or holds anything but texts, numbers, booleans and nulls.
 */
export function arrayLiteral(value: unknown): unknown {
  if (!Array.isArray(value)) return value;
  let literal = '{';
  for (let index = 0; index < value.length; index++) {
    const item: unknown = value[index];
    if (index > 0) literal += ',';
    if (item === null || item === undefined) literal += 'NULL';
    else if (typeof item === 'string') literal += quoted(item);
    else if (typeof item === 'number' || typeof item === 'boolean') literal += `"${item}"`;
    else return value;
  }
  return `${literal}}`;
}

/** A list of texts, where it stands inside of another list or of a statement's text. */
export const textArray = (texts: readonly string[]): string => `{${texts.map(quoted).join()}}`;

/** Texts of which JSON escapes quotes and backslashes alone, as Postgres reads them. */
const plain = /^[ -\ud7ff\ue000-\uffff]*$/;
const special = /["\\]/g;

function quoted(text: string): string {
  if (!text.includes('"') && !text.includes('\\')) return `"${text}"`;
  // The native encoder is several times as fast as a replacement.
  return plain.test(text) ? JSON.stringify(text) : `"${text.replace(special, '\\$&')}"`;
}

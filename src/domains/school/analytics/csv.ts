/** The value of a field: a text, or a number of ours. */
export type Field = string | number | null;

/** Characters by which a spreadsheet takes a text for a formula; those of full width as well. */
const formula = /^[=+\-@\t\r\n＝＋－＠]/;
const special = /[",\r\n]/;

/**
 * A line of CSV (RFC 4180). A text that a spreadsheet would calculate begins with an apostrophe, which it shows as a
 * text.
 */
export const csvLine = (fields: readonly Field[]): string => `${fields.map(csvField).join(',')}\r\n`;

function csvField(field: Field): string {
  if (field === null) return '';
  if (typeof field === 'number') return String(field);
  const text = formula.test(field) ? `'${field}` : field;
  return special.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

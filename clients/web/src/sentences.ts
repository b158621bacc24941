import { closeCodes, errorCodes } from '../../../src/protocol/wire/codes.ts';
import type { Describe } from './errors.ts';

interface Row {
  readonly meaning: string;
  readonly remedy?: string;
}

/** The sentences of the server's own tables. */
export const describe: Describe = (code) => {
  const rows: { readonly [code: string]: Row } = { ...closeCodes, ...errorCodes };
  const row = rows[code];
  if (!row) return undefined;
  const [first = '', ...others] = row.meaning;
  const remedy = row.remedy ? ` To do: ${row.remedy}.` : '';
  return `${first.toUpperCase()}${others.join('')}.${remedy}`;
};

import { sqlState } from '../connection/errors.ts';

/** Refusals that are about the values of a statement: the same statement with other rows may succeed. */
const aboutValues = /^(?:21|22|23|44|54|P0)|^42501$/;

/**
 * Writes rows of several owners. Where the server refuses the values of a batch, the batch is halved until the refused
 * rows are alone: each of those goes to `putAside`, and the others are written. Rejects with any other failure; rows
 * before it may be written. Returns what `write` returned for each part.
 */
export async function writeInParts<Row, Answer>(
  rows: readonly Row[],
  write: (rows: readonly Row[]) => Promise<Answer>,
  putAside: (row: Row, error: unknown) => void,
): Promise<Answer[]> {
  const [first] = rows;
  if (first === undefined) return [];
  try {
    return [await write(rows)];
  } catch (error) {
    if (!aboutValues.test(sqlState(error) ?? '')) throw error;
    if (rows.length === 1) {
      putAside(first, error);
      return [];
    }
  }
  const middle = Math.ceil(rows.length / 2);
  const left = await writeInParts(rows.slice(0, middle), write, putAside);
  return [...left, ...(await writeInParts(rows.slice(middle), write, putAside))];
}

import { useEffect, useState } from 'react';

export interface Draft<Field extends string> {
  /** The texts of the fields as they are shown. */
  readonly texts: Readonly<Record<Field, string>>;
  /** The fields that differ from the case, without spaces around them. */
  readonly changed: Readonly<Partial<Record<Field, string>>>;
  readonly isChanged: boolean;
  readonly write: (field: Field, text: string) => void;
}

/**
 * The fields of a form for a row that others change too: a field that this person has not written shows the row as it is
 * now, and a field that they have written keeps their text until the row has it.
 */
export function useDraft<Field extends string>(row: Readonly<Record<Field, string>>): Draft<Field> {
  const [written, setWritten] = useState<Partial<Record<Field, string>>>({});
  // biome-ignore lint/correctness/useExhaustiveDependencies: the texts of the row, not the object that holds them.
  useEffect(() => setWritten((before) => differing(before, row, false)), [JSON.stringify(row)]);
  const changed = differing(written, row, true);
  return {
    texts: { ...row, ...written },
    changed,
    isChanged: Object.keys(changed).length > 0,
    write: (field, text) => setWritten((before) => ({ ...before, [field]: text })),
  };
}

function differing<Field extends string>(
  written: Partial<Record<Field, string>>,
  row: Readonly<Record<Field, string>>,
  isTrimmed: boolean,
): Partial<Record<Field, string>> {
  const fields = Object.entries(written) as [Field, string][];
  return Object.fromEntries(
    fields
      .filter(([field, text]) => text.trim() !== row[field])
      .map(([field, text]) => [field, isTrimmed ? text.trim() : text]),
  ) as Partial<Record<Field, string>>;
}

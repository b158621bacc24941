/** Keys and indexes from the top of the file. */
export type Path = readonly (string | number)[];

/** A fault at one place of the file. */
export interface FileFault {
  readonly path: Path;
  readonly found: string;
  readonly expected: string;
}

/** From 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** Everything that is wrong with a configuration file, at once. */
export class ConfigFileError extends Error {
  readonly faults: readonly FileFault[];
  /** EX_CONFIG of sysexits.h. */
  readonly exitCode = 78;

  /** @param placeOf where a path is in the text of the file, if it is a text */
  constructor(file: string, faults: readonly FileFault[], placeOf: (path: Path) => Place | undefined) {
    const lines = faults.map(({ path, found, expected }) => {
      const place = placeOf(path);
      const where = place ? `${file}:${place.line}:${place.column}` : file;
      const key = path.length > 0 ? `${where}  ${pathText(path)}` : where;
      return `  ${key}: found ${found}; expected ${expected}`;
    });
    super(`The configuration file has ${faults.length} fault(s):\n${lines.join('\n')}`);
    this.name = 'ConfigFileError';
    this.faults = faults;
  }
}

/** `channels["orders:{id}"].read[1]`. */
export function pathText(path: Path): string {
  return path
    .map((key, place) => {
      if (typeof key === 'number') return `[${key}]`;
      if (!/^[A-Za-z_$][\w$]*$/.test(key)) return `[${JSON.stringify(key)}]`;
      return place === 0 ? key : `.${key}`;
    })
    .join('');
}

/** A value as a fault shows it. */
export function valueText(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = textOf(value);
  return text.length > 100 ? `${text.slice(0, 100)}…` : text;
}

/** A module may bring what JSON has no form for: a bigint, or an object that holds itself. */
function textOf(value: unknown): string {
  try {
    return JSON.stringify(value) ?? String(value);
  } catch (error) {
    if (error instanceof TypeError || error instanceof RangeError) return Bun.inspect(value, { depth: 1 });
    throw error;
  }
}

/** The name among `names` that `wrong` is most likely a slip of. */
export function closest(wrong: string, names: readonly string[]): string | undefined {
  const near = names
    .map((name) => ({ name, distance: distanceOf(wrong.toLowerCase(), name.toLowerCase()) }))
    .filter(({ distance, name }) => distance <= Math.max(1, Math.floor(name.length / 3)))
    .toSorted((one, other) => one.distance - other.distance);
  return near[0]?.name;
}

/** Insertions, deletions and substitutions from one text to the other. */
function distanceOf(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, place) => place);
  for (const [line, letter] of [...one].entries()) {
    const next = [line + 1];
    for (const [place, own] of [...other].entries()) {
      const substituted = (row[place] ?? 0) + (own === letter ? 0 : 1);
      next.push(Math.min(substituted, (row[place + 1] ?? 0) + 1, (next[place] ?? 0) + 1));
    }
    row = next;
  }
  return row[other.length] ?? 0;
}

interface Line {
  readonly level: number;
}

/** The lines of a log that tell of a failure of the service: errors and worse. Lines that are no JSON are passed over. */
export function faultsIn(log: string): readonly Line[] {
  return linesIn(log).filter(({ level }) => level >= 50);
}

export function levelsIn(log: string): ReadonlySet<number> {
  return new Set(linesIn(log).map(({ level }) => level));
}

function linesIn(log: string): Line[] {
  return log
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Line);
}

/** The result of one look at a deployment. */
export interface Finding {
  /** The object of the look, in one or two words. */
  readonly check: string;
  /** A fault keeps something from working; a warning is allowed and may surprise. */
  readonly state: 'ok' | 'warning' | 'fault';
  readonly found: string;
  /** The command to run or the setting to change next; absent where all is well. */
  readonly next?: string;
}

export const ok = (check: string, found: string): Finding => ({ check, state: 'ok', found });

export const warning = (check: string, found: string, next: string): Finding => ({
  check,
  state: 'warning',
  found,
  next,
});

export const fault = (check: string, found: string, next: string): Finding => ({
  check,
  state: 'fault',
  found,
  next,
});

/** The findings for a person at a terminal: a line each, and the next command below it. */
export function findingsText(findings: readonly Finding[]): string {
  const width = Math.max(...findings.map(({ check }) => check.length));
  const marks = { ok: 'ok     ', warning: 'warning', fault: 'FAULT  ' } as const;
  const lines = findings.flatMap(({ check, state, found, next }) => {
    const line = `${marks[state]}  ${check.padEnd(width)}  ${found}`;
    return next === undefined ? [line] : [line, `${' '.repeat(width + 11)}next: ${next}`];
  });
  return `${lines.join('\n')}\n`;
}

/** Returns the messages of an error and of its causes. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}

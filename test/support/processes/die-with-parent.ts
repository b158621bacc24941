/** The words to put before a command, so that a test run that is killed takes the program along, where the system can do that. */
export function dieWithParent(): string[] {
  return Bun.which('setpriv') ? ['setpriv', '--pdeathsig', 'KILL'] : [];
}

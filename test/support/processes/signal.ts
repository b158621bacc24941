/**
 * Sends a signal to a process, or to a process group by its negative number. Returns false when it has ended meanwhile;
 * every other failure is thrown, and so is a number that would mean this process group or every process.
 */
export function signal(pid: number, name: NodeJS.Signals): boolean {
  if (!Number.isInteger(pid) || Math.abs(pid) < 2) throw new Error(`${pid} is no process to be signalled.`);
  try {
    return process.kill(pid, name);
  } catch (error) {
    if (codeOf(error) === 'ESRCH') return false;
    throw error;
  }
}

/** Whether there is such a process, of any owner. */
export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    if (codeOf(error) === 'ESRCH') return false;
    if (codeOf(error) === 'EPERM') return true;
    throw error;
  }
}

function codeOf(error: unknown): string | undefined {
  return (error as { code?: string }).code;
}

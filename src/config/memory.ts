/** The memory that is assumed where the system does not tell it. */
const assumedBytes = 1024 * 1024 * 1024;

/** Bytes of memory this process may use: what its container or, without a limit, its machine has. */
export function memoryLimitBytes(): number {
  const bytes = process.constrainedMemory();
  return bytes > 0 ? bytes : assumedBytes;
}

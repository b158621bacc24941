/** Resolves when everything is done that waits for nothing but promises and the timers that are due. */
export function settled(): Promise<void> {
  return Bun.sleep(0);
}

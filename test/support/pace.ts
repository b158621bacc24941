/** The pause between two tries of a loop. It proves nothing: what does not happen is shown by a marker that comes after it. */
export function pace(ms: number): Promise<void> {
  return Bun.sleep(ms);
}

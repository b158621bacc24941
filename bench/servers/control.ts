import { answerParent, tellParent } from '../child.ts';
import type { CpuTime, Listening, Memory, ServerRequest } from '../messages.ts';

/** Says that the server listens, then answers what it has cost so far. */
export function reportTo(listening: Listening): void {
  answerParent<ServerRequest>(({ ask }) =>
    ask === 'cpu' ? (process.cpuUsage() satisfies CpuTime) : memory(),
  );
  tellParent(listening);
}

async function memory(): Promise<Memory> {
  // What is freed in one collection lets go of more in the next, and the allocator gives pages back with delay.
  for (let run = 0; run < 4; run++) {
    Bun.gc(true);
    await Bun.sleep(100);
  }
  return { rss: process.memoryUsage.rss() };
}

import { answerParent, tellParent } from '../child.ts';
import type { CpuTime, Listening, Memory, ServerRequest } from '../messages.ts';

type OwnRequest = Extract<ServerRequest, { ask: 'append' | 'reads' }>;

/** Says that the server listens, then answers what it has cost so far, and what only ours can be asked. */
export function reportTo(
  listening: Listening,
  answerOwn: (request: OwnRequest) => unknown = () => undefined,
): void {
  answerParent<ServerRequest>((request) => {
    switch (request.ask) {
      case 'cpu':
        return process.cpuUsage() satisfies CpuTime;
      case 'memory':
        return memory();
      default:
        return answerOwn(request);
    }
  });
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

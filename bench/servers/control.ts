import { setTimeout } from 'node:timers/promises';
import { answerParent, tellParent } from '../child.ts';
import type { BroadcastWork, CpuTime, Listening, Memory, ServerRequest } from '../publications/messages.ts';

type OwnRequest = Extract<ServerRequest, { ask: 'append' | 'reads' }>;

/** The requests to a server beside that for its cost so far. */
interface Abilities {
  /** Publishes so often on channel 0, in one go. */
  readonly publish?: (count: number) => unknown;
  readonly sessions?: () => number;
  readonly answerOwn?: (request: OwnRequest) => unknown;
}

/** Says that the server listens, then replies to requests. Runs on Node too. */
export function reportTo(listening: Listening, abilities: Abilities = {}): void {
  answerParent<ServerRequest>((request) => {
    switch (request.ask) {
      case 'cpu':
        return process.cpuUsage() satisfies CpuTime;
      case 'memory':
        return memory(abilities);
      case 'broadcast':
        return broadcast(request.work, abilities);
      default:
        return abilities.answerOwn?.(request);
    }
  });
  tellParent(listening);
}

async function broadcast({ publications, perSecond }: BroadcastWork, { publish }: Abilities) {
  if (!perSecond) await publish?.(publications);
  const startedAt = performance.now();
  const publishing: unknown[] = [];
  while (perSecond && publishing.length < publications) {
    const due = ((performance.now() - startedAt) * perSecond) / 1_000;
    while (publishing.length < Math.min(due, publications)) publishing.push(publish?.(1));
    await setTimeout(1_000 / perSecond);
  }
  await Promise.all(publishing);
  return {};
}

async function memory({ sessions }: Abilities): Promise<Memory> {
  // Objects freed in one collection let go of more in the next, and the allocator gives pages back with delay.
  for (let run = 0; run < 4; run++) {
    collect();
    await setTimeout(100);
  }
  return { rss: process.memoryUsage.rss(), ...(sessions && { sessions: sessions() }) };
}

function collect(): void {
  // Node's, which has to be asked for on the command line.
  const { gc } = globalThis as { gc?: () => void };
  if (gc) gc();
  else Bun.gc(true);
}

import { reportDeadLetters, startOutboxRelay } from '../../../src/db/outbox/outbox-relay.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import { createLogger } from '../../../src/logger.ts';
import type { Publication } from '../../../src/protocol/wire/publication.ts';
import { openTestDatabase } from '../postgres/database.ts';
import { until } from '../until.ts';

interface Options {
  readonly driver?: 'tcp' | 'neon';
  readonly intervalMs?: number;
  readonly namespaces?: ReadonlyMap<string, number>;
}

/** A relay as a process has it, with what it announced and what it logged. */
export async function startTestRelay(
  url: string,
  { driver = 'tcp', intervalMs = 10, namespaces }: Options = {},
) {
  const stack = new AsyncDisposableStack();
  const database = stack.use(await openTestDatabase(url, { driver, poolSize: 2 }));
  const announced: Publication[] = [];
  const lags: number[] = [];
  const lines: Record<string, unknown>[] = [];
  const log = createLogger('info', { write: (line) => void lines.push(JSON.parse(line)) });
  const start = () =>
    startOutboxRelay({
      database,
      intervalMs: () => intervalMs,
      ...(namespaces && { namespaces }),
      onMoved(moved) {
        announced.push(...moved.publications);
        lags.push(moved.lagMs);
        reportDeadLetters(moved.dead, log);
      },
      clock: systemClock,
      log,
    });
  stack.use(start());
  return {
    announced,
    lags,
    lines,
    /** Waits for so many announcements; returns all there are. */
    async heard(count: number): Promise<readonly Publication[]> {
      await until(() => announced.length >= count);
      return announced;
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

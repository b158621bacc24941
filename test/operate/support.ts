import type { Env } from '../../src/config/config.ts';
import { createTestDatabase } from '../support/postgres/postgres.ts';
import { startTestService, type TestService } from '../support/services/service.ts';
import { until } from '../support/until.ts';

/** Two processes of one deployment, which hear each other over Postgres. */
export interface Pair extends AsyncDisposable {
  readonly one: TestService;
  readonly other: TestService;
}

export async function startPair(domains: readonly string[] = ['barangay'], more: Env = {}): Promise<Pair> {
  await using opened = new AsyncDisposableStack();
  const database = opened.use(await createTestDatabase({ domains }));
  const env = { BROKER: 'postgres', DOMAINS: domains.join(), ...more };
  const one = opened.use(await startTestService({ database, env }));
  const other = opened.use(await startTestService({ database, env }));
  // A process writes itself down beside its start, and until then the other one does not ask it.
  for (const service of [one, other]) {
    await until(async () => (await operate<Asked>(service, 'processes')).answered.length === 2);
  }
  const owned = opened.move();
  return { one, other, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

interface Asked {
  readonly answered: readonly string[];
  /** Processes that did not answer within the time that an operator's question takes at most. */
  readonly silent: readonly string[];
}

/**
 * The body of an operator's route, which has to succeed. Where a process was too busy to answer in time, it is asked
 * again: no process of these tests is gone.
 */
export async function operate<Body>(service: TestService, path: string): Promise<Body> {
  let found: unknown;
  await until(async () => {
    const { status, body } = await service.get(`/api/operate/${path}`);
    if (status !== 200) throw new Error(`${path}: ${status} ${JSON.stringify(body)}`);
    found = body;
    return !(body as Partial<Asked>).silent?.length;
  });
  return found as Body;
}

export async function publish(
  service: TestService,
  channel: string,
  more: object = {},
): Promise<{ readonly position: string; readonly offset: number; readonly id: string }> {
  const { status, body } = await service.post('/api/realtime/publish', {
    ...{ channel, type: 'note', data: { n: 1 } },
    ...more,
  });
  if (status !== 200) throw new Error(`publish: ${status} ${JSON.stringify(body)}`);
  return body as { position: string; offset: number; id: string };
}

import { expect, test } from 'bun:test';
import { Elysia } from 'elysia';
import { problems } from '../../../src/gateways/http/problem.ts';
import { createLogger } from '../../../src/logger.ts';

/** Levels of what is logged, and codes that are counted, while the route fails. */
async function failing(fail: (abort: AbortController) => void) {
  const logged: number[] = [];
  const counted: string[] = [];
  const abort = new AbortController();
  const logger = createLogger('trace', { write: (line) => logged.push(JSON.parse(line).level) });
  const app = new Elysia()
    .use(problems({ logger, onRefusal: (code) => counted.push(code), methodsAt: () => [] }))
    .get('/', () => fail(abort));
  await app.handle(new Request('http://localhost/', { signal: abort.signal }));
  return { logged, counted };
}

test('a client that leaves during its request is no failure of the service', async () => {
  const left = await failing((abort) => {
    abort.abort();
    abort.signal.throwIfAborted();
  });
  expect(left).toEqual({ logged: [20], counted: [] });
});

test('a failure is logged and counted, whether its client has left or not', async () => {
  for (const leaves of [false, true]) {
    const failed = await failing((abort) => {
      if (leaves) abort.abort();
      throw new Error('broken');
    });
    expect(failed).toEqual({ logged: [50], counted: ['internal'] });
  }
});

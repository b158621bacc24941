import { expect, test } from 'bun:test';
import { Elysia } from 'elysia';
import { parseableAddress } from '../../../src/gateways/http/address.ts';
import { browserAccess } from '../../../src/gateways/http/browser-access.ts';
import { awakeFirst } from '../../../src/gateways/operations/awake-first.ts';
import { bodyLimit } from '../../../src/gateways/requests/body-limit.ts';
import { requestLog } from '../../../src/gateways/requests/request-log.ts';
import { createLogger } from '../../../src/logger.ts';

test('a request waits for none of the hooks before its route', () => {
  const app = new Elysia()
    .use(awakeFirst({ sleeps: false, isAwake: true, wake: () => Promise.resolve() }))
    .use(parseableAddress(() => Promise.resolve(new Response())))
    .use(
      requestLog({
        logger: createLogger('silent'),
        createId: () => crypto.randomUUID(),
        isDraining: () => false,
      }),
    )
    .use(browserAccess({ listed: [], local: false, checkHost: true }))
    .use(bodyLimit({ path: '/upload', bytes: 1 }))
    .get('/', 'found')
    .compile();
  // Elysia compiles an async function where it takes one of the hooks for one that may return a promise.
  expect(app.fetch.constructor.name).toBe('Function');
});

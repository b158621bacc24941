import { expect, test } from 'bun:test';
import { shippedDomains } from '../../../src/domains.ts';
import { createTestDatabase } from '../../support/postgres/postgres.ts';
import { startTestService } from '../../support/services/service.ts';

const domains = shippedDomains.map(({ name }) => name);

/** The responses that a cache may keep: they are the same for everybody. */
const shared = ['/openapi', '/openapi/json', '/asyncapi.json'];

test('no response of any route may be kept by a cache, whatever its status', async () => {
  await using database = await createTestDatabase({ domains });
  await using service = await startTestService({ database, env: { DOMAINS: domains.join() } });
  const { paths } = (await service.get('/openapi/json')).body as { paths: Record<string, object> };
  const addresses = Object.keys(paths).map((path) => path.replaceAll(/\{\w+\}/g, '1'));
  const streams = [
    '/api/realtime/stream?channels=hearings',
    '/socket.io/?EIO=4&transport=polling',
    '/nothing',
  ];
  for (const address of [...addresses, ...streams].filter((each) => !shared.includes(each))) {
    for (const method of ['GET', 'POST']) {
      const response = await fetch(`${service.url}${address}`, {
        method,
        signal: AbortSignal.timeout(10_000),
      });
      await response.body?.cancel();
      const { status } = response;
      expect({ method, address, status, cache: response.headers.get('cache-control') }).toEqual({
        method,
        address,
        status,
        cache: expect.stringContaining('no-store'),
      });
    }
  }
});

import { expect } from 'bun:test';
import { chromiumPages } from '../support/browser/chromium.ts';
import { needs } from '../support/processes/components.ts';
import { jwtMode, makeToken, startTestService } from '../support/services/service.ts';

const test = needs('chromium');
const openPage = chromiumPages();

/** Runs in the page: resolves with what it loaded and shows, once it shows a route. */
async function shown(): Promise<{ hosts: string[]; search: string; routes: number }> {
  while (document.querySelectorAll('.opblock').length === 0) {
    await new Promise((resolve) => requestAnimationFrame(resolve));
  }
  const loaded = performance.getEntriesByType('resource').map(({ name }) => new URL(name, location.href));
  const hosts = loaded.filter(({ protocol }) => protocol !== 'data:').map(({ host }) => host);
  return {
    hosts: [...new Set(hosts)],
    search: location.search,
    routes: document.querySelectorAll('.opblock').length,
  };
}

test('the page of /openapi shows the routes, asks no other host, and forgets its token', async () => {
  const env = { ...jwtMode, NODE_ENV: 'production', DOMAINS: 'barangay' };
  await using service = await startTestService({ env });
  const token = await makeToken({ role: 'admin' });
  await using page = await openPage(`${service.url}/openapi?token=${token}`);
  const { hosts, search, routes } = await page.run(shown);
  expect(hosts).toEqual([new URL(service.url).host]);
  expect(search).toBe('');
  expect(routes).toBeGreaterThan(10);
});

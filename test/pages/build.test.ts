import { expect, test } from 'bun:test';
import { join } from 'node:path';
import { Glob } from 'bun';
import { bundlePages } from '../../clients/pages/build.ts';
import { pageSizes } from '../../clients/pages/sizes.ts';
import { shippedDomains } from '../../src/domains.ts';
import { ownPages } from '../../src/gateways/pages/own-pages.ts';

const built = bundlePages();
const sources = join(import.meta.dir, '../../clients/pages/src');

test('each page stays within its size, compressed and with everything it loads at first', async () => {
  const sizes = pageSizes(await built);
  expect(sizes.length).toBeGreaterThan(2);
  expect(sizes.filter(({ bytes, limit }) => bytes > limit)).toEqual([]);
});

test('each page that is declared is built, and each that is built is declared', async () => {
  const engine = (['full', 'plain'] as const).flatMap((mode) => ownPages(mode).flatMap(({ pages }) => pages));
  const declared = [...engine, ...shippedDomains.flatMap((domain) => domain.pages ?? [])];
  const { manifest } = await built;
  expect(Object.keys(manifest.bundles).sort()).toEqual(
    [...new Set(declared.map(({ bundle }) => bundle))].sort(),
  );
  expect([...new Glob('**/*.page.tsx').scanSync({ cwd: sources })].length).toBe(
    Object.keys(manifest.bundles).length,
  );
});

test('the name of a file changes with its content alone', async () => {
  const again = await bundlePages();
  expect(again.manifest).toEqual((await built).manifest);
  for (const name of Object.keys(again.manifest.files)) expect(name).toMatch(/-[0-9a-z]{8}\.(js|css)$/);
});

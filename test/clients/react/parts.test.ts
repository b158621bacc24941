import { describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import { importWithDom } from '../../support/browser/dom-bundle.ts';

const path = join(import.meta.dir, 'part-scenarios.ts');
const versions = {
  '18.3.1': { react: 'react-18', 'react-dom': 'react-dom-18' },
  '19.3.1': {},
};

for (const [version, aliases] of Object.entries(versions)) {
  const module = await importWithDom<typeof import('./part-scenarios.ts')>(path, aliases);
  describe(`parts with React ${version}`, () => {
    test('the stock package is used', () => expect(module.version).toBe(version));
    for (const [name, run] of Object.entries(module.partScenarios)) test(name, run);
  });
}

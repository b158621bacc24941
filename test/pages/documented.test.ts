import { expect, test } from 'bun:test';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundlePages } from '../../clients/pages/build.ts';
import { namedFences, pageAt, root } from '../docs/pages.ts';
import { complaintsOf } from '../support/programs/run.ts';

/** The blocks of the page by the path of their file. */
const blocks = namedFences(pageAt('docs/extend/pages.md'), 'ts', 'tsx');

test('the page of docs/extend/pages.md compiles where it would stand', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tambuli-page-'));
  try {
    for (const [path, code] of blocks) await Bun.write(join(folder, path), code);
    const config = {
      extends: join(root, 'tsconfig.json'),
      compilerOptions: {
        rootDirs: [root, folder],
        types: ['bun'],
        typeRoots: [join(root, 'node_modules/@types')],
        paths: { 'react/jsx-runtime': [join(root, 'node_modules/@types/react/jsx-runtime.d.ts')] },
      },
      include: ['clients/**/*'],
    };
    await Bun.write(join(folder, 'tsconfig.json'), JSON.stringify(config));
    expect(await complaintsOf(folder)).toBe('');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test('it is bundled with the pages that ship, under the name that a domain gives', async () => {
  const added = Object.fromEntries([...blocks].map(([path, code]) => [join(root, path), code]));
  const { manifest } = await bundlePages(added);
  expect(manifest.bundles['queue/board']).toMatchObject({
    script: expect.stringMatching(/^board\.page-\w+\.js$/),
  });
});

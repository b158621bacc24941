import { expect, test } from 'bun:test';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { namedFences, pageAt, root } from '../../docs/pages.ts';
import { complaintsOf } from '../../support/programs/run.ts';

/** The blocks of the page by the name of their file. */
const blocks = namedFences(pageAt('docs/clients/parts.md'), 'tsx');

test('the components of docs/clients/parts.md compile as they stand', async () => {
  expect([...blocks.keys()]).toEqual(['orders.tsx', 'inbox.tsx']);
  const folder = await mkdtemp(join(tmpdir(), 'tambuli-parts-'));
  try {
    for (const [name, code] of blocks) await Bun.write(join(folder, name), code);
    const config = {
      extends: join(root, 'tsconfig.json'),
      compilerOptions: {
        types: [],
        typeRoots: [join(root, 'node_modules/@types')],
        paths: {
          '@tambuli/client/react/parts': [join(root, 'clients/web/src/react/parts/index.ts')],
          react: [join(root, 'node_modules/@types/react/index.d.ts')],
          'react/jsx-runtime': [join(root, 'node_modules/@types/react/jsx-runtime.d.ts')],
        },
      },
      include: ['*.tsx'],
    };
    await Bun.write(join(folder, 'tsconfig.json'), JSON.stringify(config));
    expect(await complaintsOf(folder)).toBe('');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

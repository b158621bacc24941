import { rm } from 'node:fs/promises';
import { join } from 'node:path';

/** Builds the package: `bun clients/web/build.ts [folder]`, minified modules and the declarations beside them. */

const here = import.meta.dir;

/** Names of the entries under `src/`; peers stay outside. */
export const entries = [
  ...['index', 'websocket', 'native'],
  ...['react/index', 'react/venues', 'react/venues-native', 'react/campus', 'react/parts/index'],
  ...['parts/index'],
  ...[
    'svelte/index',
    'svelte/runes',
    'svelte/inbox',
    'svelte/parts',
    'svelte/socket-store',
    'indexeddb/index',
    'testing/index',
  ],
];
const peers = [
  'react',
  'react/jsx-runtime',
  'react-native',
  '@react-native-community/netinfo',
  'svelte',
  'svelte/*',
];

export async function build(folder = join(here, 'dist')): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  const { success, logs } = await Bun.build({
    entrypoints: entries.map((name) => join(here, 'src', `${name}.ts`)),
    root: join(here, 'src'),
    outdir: folder,
    minify: true,
    splitting: true,
    target: 'browser',
    external: peers,
  });
  if (!success) throw new AggregateError(logs, 'The client could not be bundled.');
  // The bundler drops the directive that keeps hooks out of React's server components.
  for (const name of entries.filter((entry) => entry.startsWith('react/'))) {
    const file = Bun.file(join(folder, `${name}.js`));
    await Bun.write(file, `'use client';${await file.text()}`);
  }
  const tsc = Bun.spawn(
    [
      join(here, '../../node_modules/.bin/tsc'),
      '-p',
      join(here, 'tsconfig.build.json'),
      '--outDir',
      join(folder, 'types'),
    ],
    { stdout: 'inherit', stderr: 'inherit' },
  );
  if ((await tsc.exited) !== 0) throw new Error('The declarations could not be made.');
}

if (import.meta.main) await build(process.argv[2]);

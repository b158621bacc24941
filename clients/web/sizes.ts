import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'vite';

/** `bun clients/web/sizes.ts`: what each entry costs a page, minified and compressed by gzip, with its limit. */

interface Size {
  readonly entry: string;
  readonly bytes: number;
  readonly limit: number;
}

const kib = 1_024;
/** A change that makes an entry larger than this fails the build. */
const limits: Readonly<Record<string, number>> = { index: 10 * kib, websocket: 5 * kib };
/** The size that an entry adds to a page that has `index`; its peers are not counted. */
const added: Readonly<Record<string, number>> = {
  'react/index': 1.4 * kib,
  'react/parts/inbox': 8 * kib,
  'react/parts/index': 10 * kib,
  'parts/index': 3 * kib,
  'svelte/index': 0.8 * kib,
  'svelte/runes': 0.8 * kib,
  'svelte/inbox': 0.9 * kib,
  'svelte/parts': 2 * kib,
  'indexeddb/index': 1.5 * kib,
};

/** Each entry bundled alone by Vite, as most applications do. */
export async function sizes(): Promise<readonly Size[]> {
  const base = await sizeOf('index');
  const alone = Object.entries(limits).map(async ([entry, limit]) => ({
    entry,
    bytes: await sizeOf(entry),
    limit,
  }));
  const beside = Object.entries(added).map(async ([entry, limit]) => ({
    entry,
    bytes: (await sizeOf('index', entry)) - base,
    limit,
  }));
  return Promise.all([...alone, ...beside]);
}

/** A component is a `.tsx`. */
function pathOf(entry: string): string {
  const path = join(import.meta.dir, 'src', `${entry}.ts`);
  return existsSync(path) ? path : `${path}x`;
}

async function sizeOf(...entries: readonly string[]): Promise<number> {
  const page = entries.map((entry) => `export * from ${JSON.stringify(pathOf(entry))};`);
  const name = 'virtual:page';
  const built = await build({
    configFile: false,
    envFile: false,
    logLevel: 'silent',
    plugins: [
      {
        name,
        resolveId: (id) => (id === name ? id : null),
        load: (id) => (id === name ? page.join('') : null),
      },
    ],
    build: {
      write: false,
      target: 'es2022',
      modulePreload: false,
      rollupOptions: {
        input: name,
        preserveEntrySignatures: 'strict',
        external: ['react', 'react/jsx-runtime', 'svelte', /^svelte\//],
      },
    },
  });
  if (!('output' in built)) throw new Error('Vite made no single bundle.');
  return Bun.gzipSync(built.output.map((part) => ('code' in part ? part.code : '')).join(''), { level: 9 })
    .length;
}

if (import.meta.main) {
  for (const { entry, bytes, limit } of await sizes()) {
    process.stdout.write(`${entry}: ${(bytes / kib).toFixed(2)} KiB of ${(limit / kib).toFixed(1)}\n`);
  }
}

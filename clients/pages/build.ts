import { rm } from 'node:fs/promises';
import { basename, extname, join, relative, resolve } from 'node:path';
import { brotliCompressSync } from 'node:zlib';
import { type BunPlugin, Glob, resolveSync } from 'bun';
import type { PageBuilder, PageBundle, PageManifest } from '../../src/gateways/pages/page-files.ts';

import { type PageSize, pageSizes, renderSizes } from './sizes.ts';

/** Builds the pages: `bun run pages`, into `dist/pages`, or into the folder that is named. */

const sources = join(import.meta.dir, 'src');
/** The style sheet of every page; a room's own are imported by its pages. */
const sheet = join(sources, 'styles/page.css');
const suffix = '.page.tsx';
const types: Readonly<Record<string, string>> = {
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
};

/** Components are written for React, and run on Preact: half of the size of a page would be React otherwise. */
const preact: BunPlugin = {
  name: 'preact',
  setup(build) {
    build.onResolve({ filter: /^react(-dom)?(\/|$)/ }, ({ path }) => ({
      path: resolveSync(
        path
          .replace(/^react\/jsx-(dev-)?runtime$/, 'preact/jsx-runtime')
          .replace(/^react(-dom)?(?=\/|$)/, 'preact/compat'),
        sources,
      ),
    }));
  },
};

type Built = ReturnType<PageBuilder['bundlePages']>;

/** `added` are sources beside those of the folder, by their absolute paths. */
export async function bundlePages(added: Readonly<Record<string, string>> = {}): Built {
  const own = [...new Glob(`**/*${suffix}`).scanSync({ cwd: sources, absolute: true })].sort();
  const pages = [...own, ...Object.keys(added).filter((path) => path.endsWith(suffix))];
  const { success, logs, outputs, metafile } = await Bun.build({
    entrypoints: [sheet, ...pages],
    files: added,
    root: sources,
    minify: true,
    splitting: true,
    target: 'browser',
    naming: { entry: '[name]-[hash].[ext]', chunk: '[name]-[hash].[ext]', asset: '[name]-[hash].[ext]' },
    define: { 'process.env.NODE_ENV': '"production"' },
    plugins: [preact],
    metafile: true,
  });
  if (!success || !metafile) throw new AggregateError(logs, 'The pages could not be bundled.');
  const contents = new Map(
    await Promise.all(
      outputs.map(async (each) => [basename(each.path), new Uint8Array(await each.arrayBuffer())] as const),
    ),
  );
  return { manifest: manifestOf(metafile.outputs, [...contents.keys()]), contents };
}

type Outputs = NonNullable<Bun.BuildOutput['metafile']>['outputs'];

function manifestOf(outputs: Outputs, names: readonly string[]): PageManifest {
  const entries = Object.entries(outputs).filter(([path]) => path.endsWith('.js'));
  const shared = sheetName(outputs);
  const bundles = entries.flatMap(([path, { entryPoint, cssBundle }]) => {
    if (!entryPoint?.endsWith(suffix)) return [];
    const bundle: PageBundle = {
      script: basename(path),
      imports: importsOf(outputs, path),
      styles: [shared, ...(cssBundle === undefined ? [] : [basename(cssBundle)])],
    };
    return [[relative(sources, resolve(entryPoint)).slice(0, -suffix.length), bundle] as const];
  });
  return {
    bundles: Object.fromEntries(bundles),
    files: Object.fromEntries(
      names.map((name) => [name, types[extname(name).slice(1)] ?? 'application/octet-stream']),
    ),
  };
}

function sheetName(outputs: Outputs): string {
  const [path] =
    Object.entries(outputs).find(([, { entryPoint }]) => entryPoint && resolve(entryPoint) === sheet) ?? [];
  if (path === undefined) throw new Error('The style sheet of the pages was not built.');
  return basename(path);
}

/** The scripts that a script imports, through others too; what it loads later is not among them. */
function importsOf(outputs: Outputs, path: string, found: Set<string> = new Set()): readonly string[] {
  for (const { path: imported, kind } of outputs[path]?.imports ?? []) {
    if (kind !== 'import-statement' || found.has(basename(imported))) continue;
    found.add(basename(imported));
    importsOf(outputs, imported, found);
  }
  return [...found];
}

/** Writes the built pages, each file also compressed; resolves with the size of each page. */
export async function writePages(folder: string): Promise<readonly PageSize[]> {
  const built = await bundlePages();
  const { manifest, contents } = built;
  await rm(folder, { recursive: true, force: true });
  await Bun.write(join(folder, 'pages.json'), JSON.stringify(manifest));
  for (const [name, content] of contents) {
    await Promise.all([
      Bun.write(join(folder, name), content),
      Bun.write(join(folder, `${name}.br`), brotliCompressSync(content)),
      Bun.write(join(folder, `${name}.gz`), Bun.gzipSync(content, { level: 9 })),
    ]);
  }
  return pageSizes(built);
}

if (import.meta.main) {
  const folder = process.argv[2] ?? join(import.meta.dir, '../../dist/pages');
  process.stdout.write(`${renderSizes(await writePages(folder))}\n`);
}

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type BunPlugin, resolveSync } from 'bun';
import { Window } from 'happy-dom';

/** Packages by the name of the alias under which another version of them is installed. */
export type Aliases = Readonly<Record<string, string>>;

const root = join(import.meta.dir, '../../..');

/**
 * Imports a module with a document: everything in it sees `window` and `document` of a happy-dom of its own, and the
 * versions of the packages that the aliases name. The rest of the process sees neither.
 */
export async function importWithDom<Module>(
  path: string,
  aliases: Aliases = {},
  plugins: readonly BunPlugin[] = [],
): Promise<Module> {
  const dom = `dom${Object.values(aliases).join('').replace(/\W/g, '')}`;
  Object.assign(globalThis, { [dom]: new Window({ url: 'http://page.test/' }) });
  const names = ['document', 'navigator', 'HTMLElement', 'Element', 'Node', 'Text', 'Comment', 'SVGElement'];
  const folder = await mkdtemp(join(tmpdir(), 'tambuli-dom-'));
  try {
    const { success, logs, outputs } = await Bun.build({
      entrypoints: [path],
      target: 'bun',
      outdir: folder,
      conditions: ['browser', 'development'],
      external: ['bun:test'],
      define: {
        window: `globalThis.${dom}`,
        ...Object.fromEntries(names.map((name) => [name, `globalThis.${dom}.${name}`])),
      },
      plugins: [aliasing(aliases), ...plugins],
    });
    const [bundle] = outputs;
    if (!success || !bundle) throw new AggregateError(logs, `${path} could not be bundled.`);
    return await import(bundle.path);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const aliasing = (aliases: Aliases): BunPlugin => ({
  name: 'aliases',
  setup(build) {
    for (const [name, alias] of Object.entries(aliases)) {
      build.onResolve({ filter: new RegExp(`^${name}(/|$)`) }, ({ path, importer }) => ({
        path: resolveSync(path.replace(name, alias), importer ? dirname(importer) : root),
      }));
    }
  },
});

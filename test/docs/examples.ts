import { mkdir, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { ownFences, type Page, root } from './pages.ts';

/** The TypeScript examples of pages, as files that can be imported and type-checked. */
export interface Examples extends AsyncDisposable {
  readonly directory: string;
  readonly files: readonly string[];
  /** The file of the example of a page that begins with a comment that holds this path. */
  fileOf(page: string, path: string): string;
}

/** The path in the comment that begins every TypeScript block of a page. */
export const examplePath = (code: string) => /^\/\/ (\S+\.tsx?)\n/.exec(code)?.[1];

/** Inside node_modules, so that the packages they import are found; their relative imports lead into `src`. */
export async function writeExamples(pages: readonly Page[]): Promise<Examples> {
  const directory = join(root, `node_modules/.cache/tambuli-docs-${process.pid}-${crypto.randomUUID()}`);
  await mkdir(directory, { recursive: true });
  const fileOf = (page: string, path: string) => join(directory, `${page}-${path}`.replaceAll('/', '-'));
  const files: string[] = [];
  for (const page of pages) {
    for (const { code } of ownFences(page, 'ts')) {
      const path = examplePath(code);
      if (!path) continue;
      const home = dirname(join(root, path));
      const absolute = (_: string, specifier: string) => `from '${resolve(home, specifier)}'`;
      const file = fileOf(page.path, path);
      const linked = code
        .replace(/from '(\.[^']+)'/g, absolute)
        .replace(/from '@tambuli\/client'/g, `from '${join(root, 'clients/web/src/index.ts')}'`);
      await Bun.write(file, `${linked}\n`);
      files.push(file);
    }
  }
  return {
    directory,
    files,
    fileOf,
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }),
  };
}

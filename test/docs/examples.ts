import { mkdir, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import clientPackage from '../../clients/web/package.json' with { type: 'json' };
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
      const file = fileOf(page.path, path);
      const absolute = (_: string, specifier: string) => `from '${resolve(home, specifier)}'`;
      const text = linked(code.replace(/from '(\.[^']+)'/g, absolute));
      await Bun.write(file, `${text}\n`);
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

/** The code with the sources in place of the client's package, whose exports say which is which. */
export function linked(code: string): string {
  return code.replace(/from '@tambuli\/client(\/[\w/-]+)?'/g, (_, part = '') => {
    const types = clientExports[`.${part}`]?.types ?? '';
    const source = types.replace('./dist/types/', '').replace(/\.d\.ts$/, '.ts');
    return `from '${join(root, source)}'`;
  });
}

const clientExports: Readonly<Record<string, { readonly types: string }>> = clientPackage.exports;

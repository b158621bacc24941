import { join } from 'node:path';
import { Glob } from 'bun';

export const root = join(import.meta.dir, '../..');

/** A Markdown document of the repository. */
export interface Page {
  /** Relative to the repository. */
  readonly path: string;
  readonly text: string;
}

/** A fenced block of a page. */
export interface Fence {
  readonly page: string;
  readonly language: string;
  readonly code: string;
  /** Index of the first line of the code in the page. */
  readonly line: number;
  /** The test that runs this block, named by `<!-- run by test/… -->` on the line above the fence. */
  readonly runBy: string | undefined;
}

const documents = ['*.md', 'docs/**/*.md', 'src/domains/*/README.md', '{clients,examples}/*/README.md'];

/** Every document, in the order of its path. */
export const pages: readonly Page[] = await Promise.all(
  documents
    .flatMap((pattern) => [...new Glob(pattern).scanSync({ cwd: root })])
    .sort()
    .map(async (path) => ({ path, text: await Bun.file(join(root, path)).text() })),
);

export function pageAt(path: string): Page {
  const page = pages.find((candidate) => candidate.path === path);
  if (!page) throw new Error(`There is no document ${path}.`);
  return page;
}

export function fencesOf({ path, text }: Page): Fence[] {
  const lines = text.split('\n');
  const fences: Fence[] = [];
  for (let line = 0; line < lines.length; line++) {
    const [, language] = /^```(\w*)/.exec(lines[line] ?? '') ?? [];
    if (language === undefined) continue;
    const end = lines.indexOf('```', line + 1);
    if (end < 0) throw new Error(`${path}:${line + 1}: the block is not closed.`);
    const [, runBy] = /^<!-- run by (\S+) -->$/.exec(lines[line - 1] ?? '') ?? [];
    const code = lines.slice(line + 1, end).join('\n');
    fences.push({ page: path, language, code, line: line + 1, runBy });
    line = end;
  }
  return fences;
}

/** The blocks of a page in one language that no other test runs. */
export const ownFences = (page: Page, language: string) =>
  fencesOf(page).filter((fence) => fence.language === language && !fence.runBy);

/** The blocks of a page in these languages whose first line is a comment with a name, by that name. */
export const namedFences = (page: Page, ...languages: string[]): ReadonlyMap<string, string> =>
  new Map(
    fencesOf(page)
      .filter(({ language }) => languages.includes(language))
      .flatMap(({ code }) => {
        const [comment = '', name] = /^\/\/ (\S+)\n/.exec(code) ?? [];
        return name === undefined ? [] : [[name, `${code.slice(comment.length)}\n`] as const];
      }),
  );

/** The name that GitHub and VitePress give a heading in an address. */
export const anchorsOf = ({ text }: Page): string[] =>
  [...text.replace(/^```[\s\S]*?^```/gm, '').matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );

import { describe, expect, test } from 'bun:test';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import packageJson from '../../package.json';
import { examplePath } from './examples.ts';
import { anchorsOf, fencesOf, ownFences, type Page, pages, root } from './pages.ts';

/** Blocks in these languages are examples that run; every other block is data or a picture. */
const executed = /^(console|sh|bash|tsx?|jsx?|svelte|html|java|kotlin|sql|nginx|caddyfile|yaml|toml)$/i;
/** The languages whose blocks the tests of this folder run when no other test is named. */
const runHere = ['console', 'sh', 'ts', 'sql'];

const fences = pages.flatMap(fencesOf);
const text = pages.map((page) => page.text).join('\n');

describe('every example', () => {
  test('is run here, or by the test that is named above it', async () => {
    const orphans: string[] = [];
    for (const { page, language, line, code, runBy } of fences) {
      if (!executed.test(language)) continue;
      const isRun = runBy
        ? await names(runBy, page)
        : runHere.includes(language) && (language !== 'ts' || examplePath(code) !== undefined);
      if (!isRun) orphans.push(`${page}:${line}: ${language}`);
    }
    expect(orphans).toEqual([]);
  });

  /** The test has to name the page whose examples it runs. */
  async function names(test: string, page: string): Promise<boolean> {
    const file = Bun.file(join(root, test));
    return (await file.exists()) && (await file.text()).includes(page);
  }

  test('in a shell runs scripts that exist', () => {
    const blocks = pages.flatMap((page) => ownFences(page, 'sh')).map(({ code }) => code);
    const scripts = [...blocks.join('\n').matchAll(/bun(?:@[\d.]+)? run (?:--silent )?([\w:]+)/g)];
    expect(scripts.length).toBeGreaterThan(4);
    const missing = scripts.map(([, name = '']) => name).filter((name) => !(name in packageJson.scripts));
    expect(missing).toEqual([]);
  });
});

describe('the documents name', () => {
  test('paths that exist, from the repository or from their own folder', () => {
    const named = pages.flatMap(({ path, text }) =>
      [...text.matchAll(/`((?:src|test|bench|drizzle|clients|examples|\.github|\.ci)(?:\/[\w.-]+)*)`/g)].map(
        ([, target = '']) => ({ path, target }),
      ),
    );
    expect(named.length).toBeGreaterThan(15);
    const missing = named.filter(({ path, target }) =>
      [root, join(root, dirname(path))].every((folder) => !existsSync(join(folder, target))),
    );
    expect(missing).toEqual([]);
  });

  test('pages and headings that exist, in every link', () => {
    const links = pages.flatMap((page) => linksOf(page).map((target) => ({ page, target })));
    expect(links.length).toBeGreaterThan(50);
    const dead = links.filter(({ page, target }) => !leadsSomewhere(page, target));
    expect(dead.map(({ page, target }) => `${page.path}: ${target}`)).toEqual([]);
  });

  test('the Bun of the package everywhere', () => {
    const [, version = ''] = packageJson.packageManager.split('@');
    const named = [...text.matchAll(/bun@([\d.]+\d)|Bun (\d+\.\d+\.\d+)/g)];
    expect(new Set(named.map(([, at, after]) => at ?? after))).toEqual(new Set([version]));
  });
});

describe('the language of the pages', () => {
  /** Subjects that a reader has to solve first; the sentence names the thing instead. */
  const riddles = /\b[Ww]hoever\b|(?:^|[.:;] )What (?:is|are|was|were|comes|came|goes)\b|\banswers what\b/gm;

  test('has no relative clause as a subject', () => {
    const prose = pages
      .filter(({ path }) => path !== 'CHANGELOG.md')
      .map(({ path, text }) => ({ path, prose: text.replace(/^```[\s\S]*?^```/gm, '') }));
    const found = prose.flatMap(({ path, prose }) =>
      [...prose.matchAll(riddles)].map(({ index }) => `${path}: ${prose.slice(index, index + 60)}`),
    );
    expect(found).toEqual([]);
  });
});

const linksOf = ({ text }: Page) =>
  [...text.replace(/^```[\s\S]*?^```/gm, '').matchAll(/\]\((?!https?:|mailto:)([^)\s]+)\)/g)].map(
    ([, target = '']) => target,
  );

function leadsSomewhere(page: Page, target: string): boolean {
  const [path = '', anchor] = target.split('#');
  const file = path === '' ? page.path : join(dirname(page.path), path);
  if (!existsSync(join(root, file))) return false;
  if (anchor === undefined) return true;
  const linked = pages.find((candidate) => candidate.path === file);
  return linked !== undefined && anchorsOf(linked).includes(anchor);
}

import { join } from 'node:path';
import { type BunFile, Glob } from 'bun';

const root = join(import.meta.dir, '..');

/** Puts the text between `<!-- mark -->` and `<!-- /mark -->` of the document that has these marks. */
export async function writeReadme(mark: string, text: string): Promise<void> {
  const file = await documentOf(mark);
  await file.write(insertBetween(await file.text(), mark, text) ?? '');
}

/** The document that has these marks. Throws where none has. */
export async function documentOf(mark: string): Promise<BunFile> {
  // Bun finds nothing by one pattern with both in braces.
  for (const pattern of ['*.md', 'docs/**/*.md']) {
    for (const path of new Glob(pattern).scanSync({ cwd: root })) {
      const file = Bun.file(join(root, path));
      if (insertBetween(await file.text(), mark, '') !== undefined) return file;
    }
  }
  throw new Error(`No document has <!-- ${mark} --> marks.`);
}

/** The document with the text between its two marks, or undefined when it has none. */
export function insertBetween(document: string, mark: string, text: string): string | undefined {
  const [begin, end] = [`<!-- ${mark} -->`, `<!-- /${mark} -->`];
  const [from, to] = [document.indexOf(begin), document.indexOf(end)];
  if (from < 0 || to < from) return undefined;
  return `${document.slice(0, from + begin.length)}\n${text}\n${document.slice(to)}`;
}

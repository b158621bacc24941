import { join } from 'node:path';
import { Glob } from 'bun';

const root = join(import.meta.dir, '..');

/** Puts the text between `<!-- mark -->` and `<!-- /mark -->` of the document that has these marks. */
export async function writeReadme(mark: string, text: string): Promise<void> {
  for (const path of new Glob('{*.md,docs/**/*.md}').scanSync({ cwd: root })) {
    const file = Bun.file(join(root, path));
    const written = insertBetween(await file.text(), mark, text);
    if (written === undefined) continue;
    await file.write(written);
    return;
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

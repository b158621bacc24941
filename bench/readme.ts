import { join } from 'node:path';

/** Puts the text between `<!-- mark -->` and `<!-- /mark -->` of README.md. */
export async function writeReadme(mark: string, text: string): Promise<void> {
  const file = Bun.file(join(import.meta.dir, '../README.md'));
  const written = insertBetween(await file.text(), mark, text);
  if (written === undefined) throw new Error(`README.md has no <!-- ${mark} --> marks.`);
  await file.write(written);
}

/** The document with the text between its two marks, or undefined when it has none. */
export function insertBetween(document: string, mark: string, text: string): string | undefined {
  const [begin, end] = [`<!-- ${mark} -->`, `<!-- /${mark} -->`];
  const [from, to] = [document.indexOf(begin), document.indexOf(end)];
  if (from < 0 || to < from) return undefined;
  return `${document.slice(0, from + begin.length)}\n${text}\n${document.slice(to)}`;
}

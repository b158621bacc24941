import { expect, test } from 'bun:test';
import { join } from 'node:path';
import { Glob } from 'bun';
import { documentOf, insertBetween } from '../../bench/readme.ts';

test('the report goes between its marks and nowhere else', () => {
  const text = 'before\n<!-- bench -->\nold\n<!-- /bench -->\nafter';
  expect(insertBetween(text, 'bench', 'new')).toBe('before\n<!-- bench -->\nnew\n<!-- /bench -->\nafter');
  expect(insertBetween('no marks', 'bench', 'new')).toBeUndefined();
});

test('every report that a bench writes has a document with its marks', async () => {
  const bench = join(import.meta.dir, '../../bench');
  const marks: string[] = [];
  for (const file of new Glob('**/*.ts').scanSync({ cwd: bench })) {
    const code = await Bun.file(join(bench, file)).text();
    marks.push(...[...code.matchAll(/writeReadme\('([^']+)'/g)].map(([, mark = '']) => mark));
  }
  expect(marks.length).toBeGreaterThan(3);
  for (const mark of marks) expect((await documentOf(mark)).name).toEndWith('.md');
});

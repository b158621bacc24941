import { expect, test } from 'bun:test';
import { join } from 'node:path';
import { Glob } from 'bun';
import { fastFiles } from './fast.ts';
import { parseReport, renderSlowest } from './report.ts';

const root = join(import.meta.dir, '../..');

async function run(...fixtures: string[]) {
  const files = fixtures.map((name) => `./test/runner/fixtures/${name}.ts`);
  const child = Bun.spawn([process.execPath, join(import.meta.dir, 'index.ts'), ...files], {
    cwd: root,
    env: { ...process.env, TEST_SEED: '7' },
    stdout: 'pipe',
    stderr: 'pipe',
  });
  const output = await new Response(child.stdout).text();
  return { lines: output.trimEnd().split('\n'), exitCode: await child.exited };
}

test('the last lines are the seed and the counts, and what took longest stands before them', async () => {
  const { lines, exitCode } = await run('mixed');
  expect(lines.slice(-2)).toEqual(['TEST_SEED=7', '2 passed, 1 failed, 1 skipped']);
  expect(exitCode).toBe(1);
  const files = lines.slice(lines.indexOf('slowest files:') + 1, lines.indexOf('slowest tests:'));
  expect(files).toEqual([expect.stringMatching(/^ +\d+\.\d s {2}test\/runner\/fixtures\/mixed\.ts$/)]);
}, 60_000);

test('an error outside of any test is counted as a failure', async () => {
  const { lines, exitCode } = await run('broken');
  expect(lines.at(-1)).toMatch(/^\d passed, 1 failed, 0 skipped$/);
  expect(exitCode).toBe(1);
}, 60_000);

test('a report is read with what its names escape', () => {
  const xml = `<testsuite name="a"><testcase name="a &lt;b&gt; &quot;c&quot; &amp; d&apos;" classname="" time="1.5"
    file="x.test.ts" line="2"><failure type="Error" message="no"/></testcase>
    <testcase name="e" time="0.25" file="x.test.ts" /></testsuite>`;
  const tests = parseReport(xml);
  expect(tests).toEqual([
    { file: 'x.test.ts', name: `a <b> "c" & d'`, outcome: 'failed', seconds: 1.5 },
    { file: 'x.test.ts', name: 'e', outcome: 'passed', seconds: 0.25 },
  ]);
  expect(renderSlowest({ 'x.test.ts': 1_760, 'not run': 9_999 }, tests).split('\n')).toEqual([
    'slowest files:',
    '    1.8 s  x.test.ts',
    'slowest tests:',
    `    1.5 s  x.test.ts: a <b> "c" & d'`,
    '    0.3 s  x.test.ts: e',
  ]);
});

test('a fast run is made of files that reach no process, port or database through any of their imports', () => {
  const fast = fastFiles(root);
  const slow = [...new Glob('test/**/*.test.ts').scanSync({ cwd: root })].filter(
    (file) => !fast.includes(file),
  );
  expect(fast).toContain('test/realtime/model/model.test.ts');
  expect(fast).toContain('test/realtime/memory/memory-event-log.test.ts');
  // By an import of an import, and by its own code.
  expect(slow).toContain('test/db/log/event-log.test.ts');
  expect(slow).toContain('test/runner/runner.test.ts');
});

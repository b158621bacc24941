import { expect, test } from 'bun:test';
import { dirname, join, normalize } from 'node:path';
import { Glob } from 'bun';
import packageJson from '../package.json' with { type: 'json' };

/**
 * Practices that make tests pass or fail by chance, forbidden as far as a machine can see it. Each rule names what to write instead.
 */

const root = join(import.meta.dir, '..');

interface Source {
  readonly file: string;
  readonly code: string;
  readonly words: ReadonlySet<string>;
}

const sources: readonly Source[] = await Promise.all(
  [...new Glob('{test,bench}/**/*.ts').scanSync({ cwd: root })].sort().map(async (file) => {
    const text = await Bun.file(join(root, file)).text();
    const code = text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');
    return { file, code, words: new Set(code.match(/\w+/g)) };
  }),
);

const everywhere = /./;
/** Files in which something is expected. */
const expecting = /\.test\.ts$|^test\/contracts\//;
const thisFile = /^test\/test-rules\.test\.ts$/;

interface Rule {
  readonly name: string;
  readonly files: RegExp;
  readonly except: RegExp;
  /** The parts of the code that break the rule. */
  offences(code: string): readonly string[];
}

const matching = (pattern: RegExp) => (code: string) => [...code.matchAll(pattern)].map(([text]) => text);

const rules: readonly Rule[] = [
  {
    name: 'random numbers come from runSeed() of test/support/random.ts',
    files: everywhere,
    except: thisFile,
    offences: matching(/\bMath\.random\b/g),
  },
  {
    name: 'properties take their seed from test/support/property.ts',
    files: everywhere,
    except: /^test\/(support\/property|test-rules\.test)\.ts$/,
    offences: matching(/from 'fast-check'/g),
  },
  {
    name: 'a process that may be gone is signalled by test/support/processes/signal.ts',
    files: everywhere,
    except: /^test\/(support\/processes\/signal(\.test)?|test-rules\.test)\.ts$/,
    offences: matching(/\bprocess\.kill\(/g),
  },
  {
    name: 'a test waits for an event, by until(), next(), settled() or pace() of test/support',
    files: expecting,
    except: thisFile,
    offences: matching(/\bBun\.sleep\w*\(|\bsetTimeout\(|'(node:)?timers\/promises'/g),
  },
  {
    name: 'no bound below five seconds is put on a clock',
    files: expecting,
    except: thisFile,
    offences: shortBounds,
  },
  {
    name: 'a name is looked for in its place: no number and no text of up to three letters anywhere in a text',
    files: expecting,
    except: thisFile,
    offences: matching(/\.(toContain|includes|toMatch|indexOf|search)\((['"`/])(\w{1,3}|\d+)\2/g),
  },
  {
    name: 'the levels of a log are read by test/support/log-lines.ts',
    files: expecting,
    except: thisFile,
    offences: matching(/\.(toContain|includes|toMatch)\(.?"level":/g),
  },
  {
    name: 'every test runs: skipping is decided by needs() of test/support/processes/components.ts',
    files: expecting,
    except: /^test\/(support\/processes\/programs|test-rules)\.test\.ts$/,
    offences: matching(/\b(test|describe|it)\.(only|skip|todo|if|skipIf)\b/g),
  },
];

function exportedValues(code: string): string[] {
  const declared = /^export (?:async |abstract )*(?:const|let|function\*?|class) (\w+)/gm;
  return [...code.matchAll(declared)].map(([, name = '']) => name);
}

/** `expect(performance.now() - start).toBeLessThan(700)` and its kind, in milliseconds. */
function shortBounds(code: string): string[] {
  const bounds = /expect\(([^;]*?)\)\s*\.toBeLessThan(?:OrEqual)?\(\s*([\d_]+)\s*\)/g;
  return [...code.matchAll(bounds)]
    .filter(([, measured = '']) =>
      /performance\.now|Date\.now|\w(Ms|MS)\b|elapsed|took|\.p\d\d\b/.test(measured),
    )
    .filter(([, , limit = '']) => Number(limit.replaceAll('_', '')) < 5_000)
    .map(([text]) => text);
}

test('all tests and benches are read', () => {
  expect(sources.length).toBeGreaterThan(250);
});

for (const { name, files, except, offences } of rules) {
  test(name, () => {
    const found = sources
      .filter(({ file }) => files.test(file) && !except.test(file))
      .flatMap(({ file, code }) => offences(code).map((text) => `${file}: ${text}`));
    expect(found).toEqual([]);
  });
}

test('what a file of tests or benches exports, another one uses', () => {
  // Applications use what testing.ts exports; a test may export what is there only to be compiled.
  const exempt = /^test\/support\/testing\.ts$|\.test\.ts$/;
  const unused = sources
    .filter(({ file }) => !exempt.test(file))
    .flatMap(({ file, code }) =>
      exportedValues(code)
        .filter((name) => !sources.some((other) => other.file !== file && other.words.has(name)))
        .map((name) => `${file}: ${name}`),
    );
  expect(unused).toEqual([]);
});

test('a file of the tests that the package has imports no other than those that it has', () => {
  const ships = (file: string) =>
    packageJson.files.some((each) => file === each || file.startsWith(`${each}/`));
  const missing = sources
    .filter(({ file }) => ships(file))
    .flatMap(({ file, code }) =>
      [...code.matchAll(/\bfrom '(\.[^']+)'/g)].map(([, path = '']) => normalize(join(dirname(file), path))),
    )
    .filter((file) => !ships(file));
  expect(missing).toEqual([]);
});

test('a value that is exported is found, by any declaration', () => {
  const code = `export const one = 1;\nexport async function two() {}\nexport abstract class Three {}\nconst four = 4;`;
  expect(exportedValues(code)).toEqual(['one', 'two', 'Three']);
});

test('each rule finds what it forbids and nothing beside it', () => {
  const offending = [
    'Math.random()',
    "import fc from 'fast-check';",
    "process.kill(pid, 'SIGKILL')",
    'await Bun.sleep(100);',
    'expect(performance.now() - start).toBeLessThan(2_000);',
    "expect(text).not.toContain('456');",
    `expect(log).not.toContain('"level":50');`,
    "test.only('x', () => undefined);",
  ];
  expect(rules.map(({ offences }, index) => offences(offending[index] ?? '').length)).toEqual(
    rules.map(() => 1),
  );
  const innocent = [
    'random()',
    "import { fc } from '../support/property.ts';",
    "child.kill('SIGKILL')",
    'await settled();',
    'expect(tookMs).toBeLessThan(60_000); expect(count).toBeLessThan(20);',
    "expect(text).toContain('signature'); expect(text).toMatch(/\\bkid\\b/); expect(list).toContain(1);",
    'expect(faultsIn(log)).toEqual([]);',
    "needs('redis')('x', run);",
  ];
  for (const { offences } of rules) expect(innocent.flatMap(offences)).toEqual([]);
});

import { readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { Glob } from 'bun';

/**
 * Code that makes a test slow: it starts a process, opens a port, or connects to Postgres or Redis. Browsers, JVMs, the
 * checker and the commands are processes.
 */
const slowCode =
  /\bBun\.(spawn(Sync)?|serve|listen|connect|\$)\b|'node:(child_process|http|net|tls)'|from 'pg'|\bstart(Service|Postgres|Embedded)\w*\(|\.listen\(|\bnew WebSocket\(|\bnew Worker\(/;

/** Imports of the tests' own code; what a test reaches in `src` does nothing until a test asks for it. */
const imports = /\bfrom '(\.[^']+)'|\bimport\('(\.[^']+)'\)|^import '(\.[^']+)'/gm;

interface Read {
  readonly isSlow: boolean;
  readonly imports: readonly string[];
}

/** The test files that no slow code is reached from, through any import of tests and benches, sorted. */
export function fastFiles(root: string): readonly string[] {
  const known = new Map<string, Read>();
  return [...new Glob('test/**/*.test.ts').scanSync({ cwd: root })]
    .filter((file) => !isSlow(file, new Set()))
    .sort();

  function isSlow(file: string, seen: Set<string>): boolean {
    if (seen.has(file)) return false;
    seen.add(file);
    const read = known.get(file) ?? readFile(file);
    known.set(file, read);
    return read.isSlow || read.imports.some((each) => isSlow(each, seen));
  }

  function readFile(file: string): Read {
    const text = readFileSync(join(root, file), 'utf8');
    const code = text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');
    const specifiers = [...code.matchAll(imports)].map(
      ([, from, dynamic, bare]) => from ?? dynamic ?? bare ?? '',
    );
    const paths = specifiers.map((each) => normalize(join(dirname(file), each)));
    return {
      isSlow: slowCode.test(code),
      imports: paths.filter((path) => /^(test|bench)\/.*\.ts$/.test(path)),
    };
  }
}

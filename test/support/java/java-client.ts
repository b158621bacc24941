import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { JAVA_JARS, OKHTTP_CLASSPATH } from '../processes/components.ts';

const source = join(import.meta.dir, '../../../clients/java');
/** A JVM that starts soon and stays small. */
export const quickStart = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-Xshare:auto', '-Xmx256m'];

/** The folder that `clients/java/build.sh` filled, named by its sources: they are compiled once on a machine. */
export function buildJavaClient(): Promise<string> {
  built ??= build();
  return built;
}

let built: Promise<string> | undefined;

/** Test files run in several processes at once: one of them builds, and the others wait for it. */
async function build(): Promise<string> {
  const folder = join(tmpdir(), `tambuli-java-${await hashOfSources()}`);
  if (existsSync(folder)) return folder;
  const lock = Bun.which('flock') ? ['flock', `${folder}.lock`] : [];
  const steps = 'test -d "$1" || { bash "$2" "$1-$$" && mv "$1-$$" "$1"; }';
  const command = [...lock, 'bash', '-c', steps, 'build', folder, join(source, 'build.sh')];
  const child = Bun.spawn(command, { stdout: 'ignore', stderr: 'pipe' });
  const errors = await new Response(child.stderr).text();
  if ((await child.exited) !== 0) throw new Error(`The Java client does not compile:\n${errors}`);
  return folder;
}

async function hashOfSources(): Promise<string> {
  const hash = new Bun.CryptoHasher('sha1');
  const files = (await readdir(source, { recursive: true })).filter((name) => /\.(java|sh)$/.test(name));
  for (const name of files.sort()) {
    if (name.startsWith('build/')) continue;
    hash.update(name).update(await Bun.file(join(source, name)).text());
  }
  return hash.digest('hex').slice(0, 12);
}

/** The classpath of the tests and of their programs: the jars as an application gets them. */
export async function javaClasspath(): Promise<string> {
  const folder = await buildJavaClient();
  const classes = ['test', 'example', 'stubs'].map((name) => join(folder, name));
  const jars = ['tambuli', 'tambuli-sqlite', 'tambuli-android'].map((name) => join(folder, `${name}.jar`));
  return [...classes, ...jars, ...OKHTTP_CLASSPATH, JAVA_JARS.sqlite].join(':');
}

/** The command that runs a program of `clients/java/src/test`, or of the examples. */
export async function javaProgram(main: string, ...args: string[]): Promise<string[]> {
  return ['java', ...quickStart, '-cp', await javaClasspath(), main, ...args];
}

/** Runs the JUnit tests of a package in one JVM; returns what the runner printed, and whether all passed. */
export async function runJUnit(...options: string[]) {
  const classpath = (await javaClasspath()).split(':');
  const child = Bun.spawn(
    [
      ...['java', ...quickStart, '-jar', JAVA_JARS.junit],
      ...['--disable-banner', '--disable-ansi-colors', '--details=tree', '--fail-if-no-tests'],
      ...['-cp', classpath.join(':'), ...options],
    ],
    { stdout: 'pipe', stderr: 'pipe' },
  );
  const [output, errors, exitCode] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  return { passed: exitCode === 0, output: output + errors };
}

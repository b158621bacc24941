import { join } from 'node:path';

/** The output of a program, and its exit code. */
export interface Outcome {
  readonly out: string;
  readonly errors: string;
  readonly code: number;
}

export interface RunOptions {
  /** Default: the repository. */
  readonly cwd?: string;
  /** All that the program finds beside PATH. Default: the environment of the tests. */
  readonly env?: Readonly<Record<string, string>>;
}

const root = join(import.meta.dir, '../../..');

/** Runs a program that reads nothing to its end. */
export async function run(
  command: readonly string[],
  { cwd = root, env }: RunOptions = {},
): Promise<Outcome> {
  const child = Bun.spawn([...command], {
    cwd,
    ...(env && { env: { PATH: process.env['PATH'] ?? '', ...env } }),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [out, errors, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  return { out, errors, code };
}

/** The standard output of a program. Rejects with all that it printed when it fails. */
export async function outputOf(command: readonly string[], options?: RunOptions): Promise<string> {
  const { out, errors, code } = await run(command, options);
  if (code !== 0) throw new Error(`${command.join(' ')} ended with ${code}:\n${out}${errors}`);
  return out;
}

/** The command of the package with these words, from the sources. */
export function runTambuli(words: readonly string[], options?: RunOptions): Promise<Outcome> {
  const main = join(root, 'src/commands/main.ts');
  return run([process.execPath, '--no-env-file', main, ...words], options);
}

/** The output of the compiler about the project of a configuration file, or of a folder that has one. */
export async function complaintsOf(project: string, options?: RunOptions): Promise<string> {
  const tsc = join(root, 'node_modules/.bin/tsc');
  const { out, errors } = await run([process.execPath, '--bun', tsc, '-p', project], options);
  if (errors !== '') throw new Error(errors);
  return out;
}

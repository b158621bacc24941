import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, stat, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Glob } from 'bun';
import packageJson from '../../../package.json';
import { outputOf } from '../programs/run.ts';
import { until } from '../until.ts';

const root = join(import.meta.dir, '../../..');

/** Longest time for packing and installing on a busy machine, for hooks. Milliseconds. */
export const installLimitMs = 300_000;

/** A package as `npm pack` makes it, and a folder in which it is installed. */
export interface InstalledPackage {
  readonly tarball: string;
  /** Has nothing but `package.json`, the lock file and `node_modules`. */
  readonly folder: string;
}

/** Packs and installs the package once for all processes of a run, and again when one of its files has changed. */
export async function installedPackage(): Promise<InstalledPackage> {
  const place = join(tmpdir(), `tambuli-package-${await contentHash()}`);
  const folder = join(place, 'app');
  const done = join(place, 'done');
  try {
    await mkdir(place);
    await removeOthers(place);
    await build(place, folder);
    await Bun.write(done, '');
  } catch (error) {
    if (!isTaken(error)) {
      await rm(place, { recursive: true, force: true });
      throw error;
    }
    // Another process is at it, or was.
    await until(() => existsSync(done), installLimitMs);
  }
  return { tarball: join(place, tarballName), folder };
}

/** An empty folder of an application, whose `node_modules` has the package. */
export async function applicationFolder(): Promise<{ readonly path: string } & AsyncDisposable> {
  const { folder } = await installedPackage();
  const path = await mkdtemp(join(tmpdir(), 'tambuli-app-'));
  await symlink(join(folder, 'node_modules'), join(path, 'node_modules'));
  await Bun.write(join(path, 'package.json'), JSON.stringify({ name: 'app', type: 'module', private: true }));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

const tarballName = `${packageJson.name}-${packageJson.version}.tgz`;

async function build(place: string, folder: string): Promise<void> {
  await rm(join(root, 'dist'), { recursive: true, force: true });
  await outputOf([process.execPath, '--bun', 'node_modules/.bin/tsc', '-p', 'tsconfig.build.json']);
  await outputOf([process.execPath, 'clients/pages/build.ts']);
  // The script prepack does the same, by way of another Bun.
  await outputOf(['npm', 'pack', '--ignore-scripts', '--silent', '--pack-destination', place]);
  await mkdir(folder);
  const { '@types/bun': bunTypes } = packageJson.devDependencies;
  await Bun.write(
    join(folder, 'package.json'),
    JSON.stringify({
      private: true,
      dependencies: { tambuli: `file:../${tarballName}` },
      devDependencies: { '@types/bun': bunTypes },
    }),
  );
  await outputOf([process.execPath, 'install', '--prefer-offline', '--no-progress'], { cwd: folder });
}

const patterns = [
  'src/**/*',
  'drizzle/**/*',
  'clients/pages/*.ts',
  'clients/{pages,web}/src/**/*',
  'test/contracts/**/*',
  'test/support/**/*',
  'package.json',
  'bun.lock',
  'tsconfig*.json',
];

async function contentHash(): Promise<string> {
  const files = patterns.flatMap((pattern) => [...new Glob(pattern).scanSync({ cwd: root })]).sort();
  if (files.length < 500) throw new Error(`The package has only ${files.length} files.`);
  const hasher = new Bun.CryptoHasher('sha256');
  for (const file of files) hasher.update(file).update(await Bun.file(join(root, file)).bytes());
  return hasher.digest('hex').slice(0, 16);
}

/** Removes what earlier versions left behind an hour ago. */
async function removeOthers(place: string): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const path = join(tmpdir(), name);
    if (!name.startsWith('tambuli-package-') || path === place) continue;
    if (Date.now() - (await stat(path)).mtimeMs > 3_600_000) await rm(path, { recursive: true, force: true });
  }
}

const isTaken = (error: unknown) => (error as { code?: unknown } | null)?.code === 'EEXIST';

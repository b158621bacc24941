import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Scenario } from './scenario.ts';

const folder = join(import.meta.dir, 'scenarios');

/** All scenarios, in the order of their files. */
export async function scenarios(): Promise<readonly Scenario[]> {
  const files = (await readdir(folder)).filter((name) => name.endsWith('.json')).sort();
  return Promise.all(files.map((name) => Bun.file(join(folder, name)).json()));
}

/** Runs the TypeScript client. */
export const webAgent: readonly string[] = [process.execPath, join(import.meta.dir, 'web-agent.ts')];

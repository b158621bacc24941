import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A directory for the files of one server; it goes with its owner. */
export async function createFileDirectory(): Promise<AsyncDisposable & { readonly directory: string }> {
  const directory = await mkdtemp(join(tmpdir(), 'tambuli-files-'));
  return { directory, [Symbol.asyncDispose]: () => rm(directory, { recursive: true }) };
}

import { expect, test } from 'bun:test';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startClinic } from '../domains/clinic/support.ts';
import { createFileDirectory } from '../support/files/file-directory.ts';
import { samples } from '../support/files/samples.ts';
import { jwtMode, makeToken } from '../support/services/service.ts';

const page = join(import.meta.dir, '../../docs/reach/files.md');

const AsyncFunction = (async () => undefined).constructor as new (
  ...text: readonly string[]
) => (...given: readonly unknown[]) => Promise<Response>;

test('the example of docs/reach/files.md sends a voice message that its reader hears', async () => {
  const [, example = ''] = /```js\n([\s\S]*?)```/.exec(await readFile(page, 'utf8')) ?? [];
  await using files = await createFileDirectory();
  await using clinic = await startClinic({ ...jwtMode, FILES_DIRECTORY: files.directory });
  const token = await makeToken({ user: 'asha1', role: 'asha' });
  const recording = new Blob([samples['audio/webm'].slice()]);
  const run = new AsyncFunction('server', 'token', 'recording', `${example}\nreturn heard;`);
  const heard = await run(clinic.url, token, recording);
  expect(heard.status).toBe(200);
  expect(new Uint8Array(await heard.arrayBuffer())).toEqual(new Uint8Array(samples['audio/webm']));
});

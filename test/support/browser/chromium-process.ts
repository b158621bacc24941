import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dieWithParent } from '../processes/die-with-parent.ts';
import { signal } from '../processes/signal.ts';

/** The DevTools address of the runner's Chromium, which the files of a run share. */
export const chromiumVariable = 'TAMBULI_TEST_CHROMIUM';

/** `url` is that of its DevTools. */
export async function startChromium(): Promise<AsyncDisposable & { readonly url: string }> {
  await using opened = new AsyncDisposableStack();
  const directory = await mkdtemp(join(tmpdir(), 'tambuli-chromium-'));
  opened.defer(() => rm(directory, { recursive: true, force: true, maxRetries: 5 }));
  const child = Bun.spawn([...dieWithParent(), 'chromium', ...flags, `--user-data-dir=${directory}`], {
    // Chromium leaves files in both.
    env: { ...process.env, HOME: directory, TMPDIR: directory },
    // A group of its own, to be killed as a whole.
    detached: true,
    stdout: 'ignore',
    stderr: 'pipe',
  });
  opened.defer(async () => {
    signal(-child.pid, 'SIGKILL');
    await child.exited;
  });
  const url = await announcedUrl(child.stderr);
  const owned = opened.move();
  return { url, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

const flags = [
  '--headless',
  // A picture is as wide as its window.
  '--hide-scrollbars',
  '--remote-debugging-port=0',
  // Root may not start it otherwise, and most containers have neither a GPU nor a /dev/shm of use.
  '--no-sandbox',
  '--disable-gpu',
  '--disable-dev-shm-usage',
  '--disable-background-networking',
  // A microphone that beeps.
  '--use-fake-device-for-media-stream',
  '--use-fake-ui-for-media-stream',
  'about:blank',
];

async function announcedUrl(output: ReadableStream<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const bytes of output) {
    text += decoder.decode(bytes, { stream: true });
    const [, url] = /DevTools listening on (ws:\S+)\s/.exec(text) ?? [];
    if (url) return url;
  }
  throw new Error(`chromium did not start: ${text}`);
}

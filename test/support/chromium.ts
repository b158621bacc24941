import { afterAll } from 'bun:test';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dieWithParent } from './die-with-parent.ts';
import { createInbox } from './inbox.ts';
import { signal } from './signal.ts';

declare global {
  /** In pages of the tests: what the test gets from `next`. `data` travels as JSON. */
  function tell(event: string, data?: unknown): void;
}

/** What a page told. */
export interface Told {
  readonly event: string;
  readonly data?: unknown;
}

/** A tab of Chromium. */
export interface Page extends AsyncDisposable {
  /** Calls the function in the page: it sees its arguments, the page's globals and nothing of the test. One call at a time. */
  run<Args extends readonly unknown[], Result>(
    inPage: (...args: Args) => Result,
    ...args: Args
  ): Promise<Awaited<Result>>;
  /** The first thing told under this name not yet taken. Rejects after `timeoutMs`, or at once when the page throws. */
  next(event: string, timeoutMs?: number): Promise<Told>;
  /** Everything told under this name, taken or not. */
  all(event: string): Told[];
}

export type OpenPage = (url: string, beforeScripts?: () => void) => Promise<Page>;

/**
 * One headless Chromium for the tests of a file: started by the first page, gone with its processes and files after the
 * last test. `beforeScripts` runs in each document before its own scripts. Needs `chromium`; see `needs('chromium')`.
 */
export function chromiumPages(): OpenPage {
  let started: ReturnType<typeof startChromium> | undefined;
  afterAll(async () => {
    // Bun holds one browser a process: without this it would look for this one in the next file.
    Bun.WebView.closeAll();
    await (await started)?.[Symbol.asyncDispose]();
  });
  return async (url, beforeScripts) => {
    started ??= startChromium();
    return openPage((await started).url, url, beforeScripts);
  };
}

/** `url` is that of its DevTools. */
async function startChromium(): Promise<AsyncDisposable & { readonly url: string }> {
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
  '--remote-debugging-port=0',
  // Root may not start it otherwise, and most containers have neither a GPU nor a /dev/shm of use.
  '--no-sandbox',
  '--disable-gpu',
  '--disable-dev-shm-usage',
  '--disable-background-networking',
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

async function openPage(chromiumUrl: string, url: string, beforeScripts?: () => void): Promise<Page> {
  await using opened = new AsyncDisposableStack();
  const view = opened.use(new Bun.WebView({ backend: { type: 'chrome', url: chromiumUrl } }));
  const inbox = createInbox<Told>(`page ${new URL(url).origin}`);
  on<{ payload: string }>(view, 'Runtime.bindingCalled', ({ payload }) => inbox.push(JSON.parse(payload)));
  on(view, 'Runtime.exceptionThrown', (thrown) => inbox.end(`the page threw ${JSON.stringify(thrown)}`));
  // DevTools answer only once there is a document.
  await view.navigate('about:blank');
  await view.cdp('Runtime.enable');
  await view.cdp('Runtime.addBinding', { name: 'report' });
  await view.cdp('Page.addScriptToEvaluateOnNewDocument', {
    source: `globalThis.tell = (event, data) => report(JSON.stringify({ event, data })); (${beforeScripts})?.()`,
  });
  await view.navigate(url);
  const owned = opened.move();
  return {
    run: (inPage, ...args) => view.evaluate(`(${inPage})(...${JSON.stringify(args)})`),
    next: (name, timeoutMs) => inbox.next(({ event }) => event === name, name, timeoutMs),
    all: (name) => inbox.all(({ event }) => event === name),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** Calls `take` with what DevTools say of each such event. */
function on<Params>(view: Bun.WebView, type: `${string}.${string}`, take: (params: Params) => void): void {
  // With the DOM's types beside Bun's, `MessageEvent` is not the type of an event.
  view.addEventListener(type, (event: object) => take((event as { data: Params }).data));
}

import { afterAll } from 'bun:test';
import { createInbox } from '../clients/inbox.ts';
import { chromiumVariable, startChromium } from './chromium-process.ts';

declare global {
  /** In pages of the tests: what the test gets from `next`. `data` travels as JSON. */
  function tell(event: string, data?: unknown): void;
}

/** The messages of a page. */
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
 * The headless Chromium of the run; without one, a Chromium of this file, started by the first page and gone with its
 * processes and files after the last test. `beforeScripts` runs in each document before its own scripts. Needs
 * `chromium`; see `needs('chromium')`.
 */
export function chromiumPages(): OpenPage {
  let started: ReturnType<typeof startChromium> | undefined;
  const shared = process.env[chromiumVariable];
  afterAll(async () => {
    // Bun holds one browser a process: without this it would look for this one in the next file.
    Bun.WebView.closeAll();
    await (await started)?.[Symbol.asyncDispose]();
  });
  return async (url, beforeScripts) => {
    if (shared !== undefined) return openPage(shared, url, beforeScripts);
    started ??= startChromium();
    return openPage((await started).url, url, beforeScripts);
  };
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

import { afterAll } from 'bun:test';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { startChromium } from './chromium-process.ts';

export type { Page } from 'playwright-core';

/** The person a page is opened as, in insecure mode. */
export interface Person {
  readonly userId: string;
  readonly role: string;
  readonly tenants?: readonly string[];
}

export interface TabOptions {
  /** Signed in from the start; nobody when left out. */
  readonly as?: Person;
  readonly scheme?: 'light' | 'dark';
  readonly width?: number;
  readonly height?: number;
  readonly language?: 'en' | 'fil';
}

/** A tab with a storage of its own, as another device would have. */
export interface Tab extends AsyncDisposable {
  readonly page: Page;
  /** Violations of the content security policy, errors of scripts, and requests that tried to leave the server. */
  readonly faults: readonly string[];
  /** Keeps a picture in `.data/pictures` for people to look at. */
  picture(name: string): Promise<void>;
}

export type OpenTab = (url: string, options?: TabOptions) => Promise<Tab>;

const pictures = join(import.meta.dir, '../../../.data/pictures');

/** Tabs of one Chromium of this file, gone after its last test. Needs `chromium`; see `needs('chromium')`. */
export function pageTabs(): OpenTab {
  const opened = new AsyncDisposableStack();
  let browser: Promise<Browser> | undefined;
  async function start(): Promise<Browser> {
    const { url } = opened.use(await startChromium());
    const connected = await chromium.connectOverCDP(url);
    opened.defer(() => connected.close());
    return connected;
  }
  afterAll(() => opened.disposeAsync());
  return async (url, options = {}) => {
    browser ??= start();
    return openTab(await browser, url, options);
  };
}

async function openTab(browser: Browser, url: string, options: TabOptions): Promise<Tab> {
  const { as, scheme = 'light', width = 1280, height = 800, language = 'en' } = options;
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme: scheme,
    locale: language === 'fil' ? 'fil-PH' : 'en-US',
    reducedMotion: 'reduce',
  });
  const faults: string[] = [];
  await watch(context, new URL(url), faults);
  const session = as && JSON.stringify({ tenants: [], ...as });
  if (session) {
    await context.addInitScript((text) => {
      sessionStorage['tambuli.session'] ??= text;
    }, session);
  }
  const page = await context.newPage();
  page.on('pageerror', (error) => faults.push(`error: ${error.message}`));
  await page.goto(url);
  return {
    page,
    faults,
    async picture(name) {
      await mkdir(pictures, { recursive: true });
      await page.screenshot({ path: join(pictures, `${name}.png`), fullPage: true });
    },
    [Symbol.asyncDispose]: () => context.close(),
  };
}

/** Refuses every request to another host, and writes down what went wrong. */
async function watch(context: BrowserContext, { host }: URL, faults: string[]): Promise<void> {
  await context.route(
    (address) => address.host !== host,
    (route) => {
      faults.push(`request to ${route.request().url()}`);
      return route.abort();
    },
  );
  await context.exposeFunction('tellViolation', (text: string) =>
    faults.push(`content security policy: ${text}`),
  );
  await context.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI, sample }) => {
      const { tellViolation } = globalThis as unknown as { tellViolation(text: string): void };
      tellViolation(`${violatedDirective} ${blockedURI} ${sample}`);
    });
  });
}

/** Resolves when the page shows its content and nothing in it is being fetched. */
export async function settledPage(page: Page): Promise<void> {
  await page.waitForFunction(
    () => document.querySelector('main > *') && !document.querySelector('[aria-busy="true"]'),
  );
}

/** By how many pixels the page is wider than its window. */
export const overflowOf = (page: Page): Promise<number> =>
  page.evaluate(() => document.documentElement.scrollWidth - innerWidth);

/** Signs in as one of the demo people, where the page asks who one is, and resolves when the page is live. */
export async function signInAs(page: Page, index: number): Promise<void> {
  const person = page.locator('.people button').nth(index);
  if ((await person.count()) === 0) return;
  await person.click();
  await page.locator('header .tambuli-connection[data-kind=live]').waitFor();
}

import { chromium, type Page } from 'playwright-core';
import { startChromium } from '../../test/support/browser/chromium-process.ts';

/** The behaviour of the page of operators with a deployment. Milliseconds. */
export interface Looked {
  /** From the address to the verdict of the first screen. */
  readonly opened: number;
  /** From the click to the content, by view. */
  readonly views: Readonly<Record<string, number>>;
  /** From the end of a process to its name in the verdict. */
  readonly noticed: number;
  /** Tasks that kept the page from its user for 50 ms and more. */
  readonly longTasks: number;
  readonly longestTask: number;
}

interface Told {
  readonly longTasks: number[];
}

const patienceMs = 60_000;

/** Opens `/operate` in Chromium, stays with its first screen for a while, visits its views, and sees a process end. */
export async function lookAt(url: string, watch: () => Promise<void>, kill: () => void): Promise<Looked> {
  await using browserProcess = await startChromium();
  const browser = await chromium.connectOverCDP(browserProcess.url);
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  await context.addInitScript(() => {
    const told = globalThis as unknown as Told & { longTasks: number[] };
    told.longTasks = [];
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) told.longTasks.push(duration);
    }).observe({ type: 'longtask', buffered: true });
    sessionStorage['tambuli.session'] ??= JSON.stringify({ userId: 'operator', role: 'admin', tenants: [] });
  });
  const page = await context.newPage();
  page.setDefaultTimeout(patienceMs);
  const opened = await timed(async () => {
    await page.goto(`${url}/operate`);
    await page.locator('.operate-verdict h2').waitFor();
  });
  await watch();
  const views = await visit(page);
  await page.goto(`${url}/operate#/`);
  await page.locator('.operate-verdict h2').waitFor();
  const noticed = await timed(async () => {
    kill();
    await page.locator('.operate-verdict li').filter({ hasText: 'does not answer' }).first().waitFor();
  });
  const tasks = await page.evaluate(() => (globalThis as unknown as Told).longTasks);
  await browser.close();
  return { opened, views, noticed, longTasks: tasks.length, longestTask: Math.max(0, ...tasks) };
}

async function visit(page: Page): Promise<Record<string, number>> {
  const views: Record<string, number> = {};
  for (const name of ['Channels', 'Sessions']) {
    views[name] = await timed(async () => {
      await page.getByRole('link', { name, exact: true }).click();
      await page.locator('main tbody tr').first().waitFor();
    });
  }
  views['Sessions, a user'] = await timed(async () => {
    await page.getByRole('textbox', { name: 'User' }).fill('u777');
    await page.getByRole('button', { name: 'Find' }).click();
    await page.getByText('1 match', { exact: true }).waitFor();
  });
  return views;
}

async function timed(work: () => Promise<void>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

import { join } from 'node:path';
import type { Page } from 'playwright-core';

const source = join(import.meta.dir, '../../../node_modules/axe-core/axe.min.js');

interface AxeResult {
  readonly violations: readonly {
    readonly id: string;
    readonly help: string;
    readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
  }[];
}

/** The findings of axe-core in the page, one line each. */
export async function axeFindings(page: Page): Promise<readonly string[]> {
  // DevTools evaluate it beside the page's policy, which allows no such script.
  if (await page.evaluate(() => !('axe' in globalThis))) await page.evaluate(await Bun.file(source).text());
  const { violations } = await page.evaluate(() => {
    const { axe } = globalThis as unknown as { axe: { run(): Promise<AxeResult> } };
    return axe.run();
  });
  return violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ html, failureSummary = '' }) => `${id}: ${help}: ${html} ${failureSummary}`),
  );
}

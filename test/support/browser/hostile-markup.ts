import type { Page } from './pages.ts';

/** Text that becomes elements where a page takes it for HTML. Its script tells the faults of the tab that it ran. */
export const hostileMarkup = '<img src=x onerror=tellViolation("ran")><b class=hostile>bold</b>';

/** The number of elements of the page that come from {@link hostileMarkup}, or lead to a script. */
export const hostileElements = (page: Page): Promise<number> =>
  page.locator('.hostile, img[src=x], a[href^="javascript:" i]').count();

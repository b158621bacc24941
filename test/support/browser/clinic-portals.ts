import { afterAll, beforeAll, beforeEach } from 'bun:test';
import { seedClinic } from '../../../src/domains/clinic/seed.ts';
import { startPagesService } from '../services/pages-service.ts';
import type { TestService } from '../services/service.ts';
import { type Page, pageTabs, type Tab, type TabOptions } from './pages.ts';

const people = {
  clinician: { userId: 'clinician1', role: 'clinician' },
  asha: { userId: 'asha1', role: 'asha' },
  chw: { userId: 'chw1', role: 'chw' },
} as const;

export interface ClinicPortals {
  readonly service: TestService;
  /** A portal, live and with its list, or with the case that the address names. */
  open(portal: keyof typeof people, at?: string, options?: TabOptions): Promise<Tab>;
}

/** The portals of one service of this file. Each test finds the demo cases as they are sown, and no locks. */
export function clinicPortals(): ClinicPortals {
  const openTab = pageTabs();
  const opened = new AsyncDisposableStack();
  let service: TestService;
  beforeAll(async () => {
    service = opened.use(await startPagesService());
  });
  afterAll(() => opened.disposeAsync());
  beforeEach(async () => {
    for (const table of ['receipts', 'reactions', 'messages', 'reviews', 'notifications', 'cases']) {
      await service.database.query(`delete from clinic.${table}`);
    }
    await service.database.query('delete from realtime_lease_waiters');
    await service.database.query(`update realtime_leases set user_id = null, expires_at = null`);
    await seedClinic(service.database.db);
  });
  return {
    get service() {
      return service;
    },
    async open(portal, at = '', options = {}) {
      const tab = await openTab(`${service.url}/${portal}${at}`, { as: people[portal], ...options });
      await tab.page.locator('header .tambuli-connection[data-kind=live]').waitFor();
      await tab.page.locator('.clinic-list .tambuli-list').first().waitFor({ state: 'attached' });
      return tab;
    },
  };
}

export const rowOf = (page: Page, patient: string) => page.locator('a.case', { hasText: patient });
export const isHeld = (page: Page) => page.locator('.lock[data-kind=held]').waitFor();
export const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });

/** Presses Tab until the element with this name has the focus. */
export async function tabTo(page: Page, name: string): Promise<void> {
  for (let press = 0; press < 80; press++) {
    await page.keyboard.press('Tab');
    const focused = await page.evaluate(() => {
      const element = document.activeElement as HTMLInputElement | null;
      return element?.labels?.[0]?.textContent ?? element?.textContent ?? '';
    });
    if (focused.includes(name)) return;
  }
  throw new Error(`Tab never reaches "${name}".`);
}

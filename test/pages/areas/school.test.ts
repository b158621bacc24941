import { afterAll, beforeAll, expect } from 'bun:test';
import { type Page, pageTabs } from '../../support/browser/pages.ts';
import { needs } from '../../support/processes/components.ts';
import { startPagesService } from '../../support/services/pages-service.ts';
import type { TestService } from '../../support/services/service.ts';

const test = needs('chromium');
const openTab = pageTabs();
const opened = new AsyncDisposableStack();
let service: TestService;

beforeAll(async () => {
  service = opened.use(await startPagesService());
});
afterAll(() => opened.disposeAsync());

const principal = { userId: 'principal-1', role: 'principal', tenants: ['school-uuid'] };
const joseph = { userId: 'user1-uuid', role: 'parent', tenants: ['school-uuid'] };
const director = { userId: 'director-1', role: 'school_director' };
const itemOf = (page: Page, title: string) =>
  page.getByRole('list', { name: 'Notices' }).getByRole('listitem').filter({ hasText: title });
const tabOf = (page: Page, name: string) => page.getByRole('button', { name: new RegExp(`^${name}`) });

test('an announcement reaches two devices, is read on one of them, and its author sees who has read it', async () => {
  await using desk = await openTab(`${service.url}/school/staff`, { as: principal });
  await using phone = await openTab(`${service.url}/school`, { as: joseph, width: 320, height: 640 });
  await using tablet = await openTab(`${service.url}/school`, { as: joseph });
  const [staff, first, second] = [desk.page, phone.page, tablet.page];
  for (const page of [first, second]) await page.getByText('Nothing here.').waitFor();

  await staff.getByLabel('Title').fill('School Closure');
  await staff.getByLabel('Message', { exact: true }).fill('Closed tomorrow because of the storm.');
  await staff.getByLabel('Priority').selectOption('urgent');
  await staff.getByRole('checkbox', { name: 'Everybody at the school' }).uncheck();
  await staff.getByRole('checkbox', { name: 'Parents' }).check();
  await staff.getByRole('button', { name: 'Send' }).click();
  for (const page of [first, second]) await itemOf(page, 'School Closure').waitFor();
  await tabOf(second, 'Unread').getByText('1').waitFor();
  await phone.picture('school-320');
  await tablet.picture('school-inbox');

  await staff.getByRole('button', { name: /School Closure/ }).click();
  await staff.getByText('0 of 2 have read it').waitFor();
  await itemOf(first, 'School Closure').getByRole('button', { name: 'Mark as read' }).click();
  await itemOf(second, 'School Closure').locator('xpath=self::*[@data-read]').waitFor();
  await tabOf(second, 'Unread').getByText('0').waitFor();
  await staff.getByText('1 of 2 have read it').waitFor();

  // What a person keeps in order is theirs alone: the author still sees that it was read.
  await itemOf(second, 'School Closure').getByRole('button', { name: 'Mark as unread' }).click();
  await itemOf(first, 'School Closure').getByRole('button', { name: 'Mark as read' }).waitFor();
  await tabOf(first, 'Unread').getByText('1').waitFor();
  await itemOf(first, 'School Closure').getByRole('button', { name: 'Archive' }).click();
  for (const page of [first, second]) {
    await itemOf(page, 'School Closure').waitFor({ state: 'detached' });
    await tabOf(page, 'Archived').getByText('1').waitFor();
    await tabOf(page, 'Unread').getByText('0').waitFor();
  }
  await tabOf(second, 'Archived').click();
  await itemOf(second, 'School Closure').waitFor();
  await tablet.picture('school-archived');
  await itemOf(second, 'School Closure').getByRole('button', { name: 'Back to the inbox' }).click();
  await itemOf(first, 'School Closure').waitFor();
  expect(await staff.getByText('1 of 2 have read it').isVisible()).toBe(true);
  await desk.picture('school-staff');
  expect([...desk.faults, ...phone.faults, ...tablet.faults]).toEqual([]);
}, 90_000);

test('a person says when they are left alone, and the page has it the next time', async () => {
  await using tab = await openTab(`${service.url}/school`, { as: joseph });
  const { page } = tab;
  const open = () => page.getByText('When and how you are reached').click();
  await open();
  await page.getByLabel('Quiet from').fill('21:30');
  await page.getByLabel('Quiet until').fill('06:00');
  await page.getByLabel('Time zone').fill('Asia/Nowhere');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.locator('.toast[data-tone=bad]').waitFor();
  await page.getByLabel('Time zone').fill('Asia/Manila');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Saved').waitFor();
  await page.reload();
  await open();
  expect(await page.getByLabel('Quiet from').inputValue()).toBe('21:30');
  expect(await page.getByLabel('Time zone').inputValue()).toBe('Asia/Manila');
  await tab.picture('school-preferences');
  expect(tab.faults).toEqual([]);
}, 60_000);

test('a director turns to another school, and their other device follows', async () => {
  await using first = await openTab(`${service.url}/school`, { as: director });
  await using second = await openTab(`${service.url}/school`, { as: director });
  await second.page.locator('main select').selectOption({ label: 'Greenfield Academy' });
  // Requests of two tabs may overtake each other.
  await itemOf(first.page, 'Now at Greenfield Academy').waitFor();
  await first.page.locator('main select').selectOption({ label: 'Riverside School' });
  const chosen = second.page.locator('main select');
  await second.page.waitForFunction(
    (select) => (select as HTMLSelectElement).value === 'school-2',
    await chosen.elementHandle(),
  );
  await itemOf(second.page, 'Now at Riverside School').waitFor();
  expect([...first.faults, ...second.faults]).toEqual([]);
}, 60_000);

test('the dashboard has the numbers of the statistics route, and a teacher is told whom they may not write to', async () => {
  const headers = { 'x-user-id': 'principal-1', 'x-role': 'principal', 'x-tenants': 'school-uuid' };
  await service.post('/api/v1/realtime/events/test', {}, headers);
  const { body } = await service.get('/api/v1/realtime/statistics', headers);
  const { deliveries } = (body as { data: { deliveries: number } }).data;
  await using tab = await openTab(`${service.url}/school/dashboard`, { as: principal });
  const { page } = tab;
  expect(deliveries).toBeGreaterThan(0);
  await page
    .locator('.card', { hasText: 'Deliveries' })
    .getByText(`${deliveries}`, { exact: true })
    .waitFor();
  await tab.picture('school-dashboard');

  const teacher = { userId: 'user-uuid', role: 'teacher', tenants: ['school-uuid'] };
  await using other = await openTab(`${service.url}/school/staff`, { as: teacher });
  await other.page.getByLabel('Title').fill('Party');
  await other.page.getByLabel('Message', { exact: true }).fill('For all.');
  await other.page.getByRole('button', { name: 'Send' }).click();
  await other.page.getByText(/may broadcast to parent, student alone/).waitFor();
  expect(tab.faults).toEqual([]);
}, 60_000);

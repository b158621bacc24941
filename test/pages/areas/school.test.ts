import { afterAll, beforeAll, expect } from 'bun:test';
import { text } from 'node:stream/consumers';
import { axeFindings } from '../../support/browser/axe.ts';
import { overflowOf, type Page, pageTabs, settledPage } from '../../support/browser/pages.ts';
import { needs } from '../../support/processes/components.ts';
import { startPagesService } from '../../support/services/pages-service.ts';
import type { TestService } from '../../support/services/service.ts';

const test = needs('chromium');
const openTab = pageTabs();
const opened = new AsyncDisposableStack();
let service: TestService;

beforeAll(async () => {
  service = opened.use(await startPagesService({ REACH_TIME_ZONE: timeZone, ...reach }));
});
afterAll(() => opened.disposeAsync());

/** Another zone than that of the browser. */
const timeZone = 'Pacific/Chatham';
/** Two methods, neither of which is used here. */
const reach = {
  SMS_GATEWAY: 'true',
  SMTP_URL: 'smtps://user:password@localhost:1',
  EMAIL_FROM: 'school@example.com',
};
const principal = { userId: 'principal-1', role: 'principal', tenants: ['school-uuid'] };
const joseph = { userId: 'user1-uuid', role: 'parent', tenants: ['school-uuid'] };
const director = { userId: 'director-1', role: 'school_director' };
const itemOf = (page: Page, title: string) =>
  page.getByRole('list', { name: 'Notices' }).getByRole('listitem').filter({ hasText: title });
const schoolOf = (page: Page) => page.getByLabel(/^School/);
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

  // The order of an inbox is its person's alone: the author still sees that it was read.
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
  // A page that watches is told only that nothing is new.
  await staff.waitForResponse((answer) => answer.url().includes('/readers') && answer.status() === 304);
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

test('a person turns off the SMS of one type by keyboard, and the page on their phone has it', async () => {
  await using desk = await openTab(`${service.url}/school`, { as: joseph });
  const reachOf = (page: Page) => page.getByText('When and how you are reached');
  const boxOf = (page: Page, name: string) => page.getByRole('checkbox', { name, exact: true });
  await reachOf(desk.page).press('Enter');
  expect(await boxOf(desk.page, 'Announcements of the school: Email').count()).toBe(0);
  await boxOf(desk.page, 'Announcements of the school: SMS').press('Space');
  await desk.page.getByRole('button', { name: 'Save' }).press('Enter');
  await desk.page.getByText('Saved').waitFor();

  await using phone = await openTab(`${service.url}/school`, { as: joseph, width: 320, height: 640 });
  await reachOf(phone.page).click();
  expect(await boxOf(phone.page, 'Announcements of the school: SMS').isChecked()).toBe(false);
  expect(await boxOf(phone.page, 'A payment arrived: SMS').isChecked()).toBe(true);
  expect(await boxOf(phone.page, 'Somebody waits for an approval: Email').isChecked()).toBe(true);
  expect(await overflowOf(phone.page)).toBe(0);
  expect(await axeFindings(phone.page)).toEqual([]);
  await phone.picture('school-preferences-320');
  expect([...desk.faults, ...phone.faults]).toEqual([]);
}, 60_000);

test('a director turns to another school, and their other device follows', async () => {
  await using first = await openTab(`${service.url}/school`, { as: director });
  await using second = await openTab(`${service.url}/school`, { as: director });
  await schoolOf(second.page).selectOption({ label: 'Greenfield Academy' });
  // Requests of two tabs may overtake each other.
  await itemOf(first.page, 'Now at Greenfield Academy').waitFor();
  await schoolOf(first.page).selectOption({ label: 'Riverside School' });
  const chosen = schoolOf(second.page);
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

/** Three days ago in the zone, as a day and as an instant of its morning. */
const day = new Date(Date.now() - 3 * 86_400_000).toLocaleDateString('sv-SE', { timeZone });
const morning = (time: string) => `('${day} ${time}'::timestamp at time zone '${timeZone}')`;
const event = (id: string, tenant: string) => `
  insert into realtime_events (id, type, tenant_id, target_tenant_ids, title, message, priority, scheduled_at, delivery_mode, status, created_at)
  values (md5('${id}')::uuid, 'payment_received', '${tenant}', '{${tenant}}', 't', 'm', 'low', ${morning('09:40')}, 'person', 'sent', ${morning('09:40')})`;
const delivery = (id: string, user: string, tenant: string, readAt: string) => `
  insert into realtime_event_deliveries (event_id, user_id, tenant_id, status, priority_rank, method, created_at, sent_at, delivered_at, read_at)
  values (md5('${id}')::uuid, '${user}', '${tenant}', '${readAt === 'null' ? 'sent' : 'read'}', 1, 'sms', ${morning('09:40')}, ${morning('09:40')}, ${readAt}, ${readAt})`;
const view = (user: string, tenant: string) => `
  insert into realtime_user_activity (user_id, tenant_id, kind, page, duration_ms, occurred_at, created_at)
  values ('${user}', '${tenant}', 'page_view', '/fees of ${tenant}', 90000, ${morning('09:45')}, ${morning('09:45')})`;

test('those who lead a school see who has seen what on the days that they choose, and take it as a file', async () => {
  for (const statement of [
    ...[event('fees', 'school-uuid'), event('other', 'school-2')],
    delivery('fees', 'user1-uuid', 'school-uuid', morning('09:50')),
    delivery('fees', 'user2-uuid', 'school-uuid', 'null'),
    delivery('fees', 'student-1', 'school-uuid', 'null'),
    delivery('other', 'parent-2', 'school-2', morning('09:50')),
    ...[view('user1-uuid', 'school-uuid'), view('parent-2', 'school-2')],
  ])
    await service.database.query(statement);
  await using tab = await openTab(`${service.url}/school/dashboard`, { as: principal });
  const { page } = tab;
  const rowsOf = (label: string) =>
    page.getByRole('region', { name: label, exact: true }).locator('tbody tr, .bar-row').allInnerTexts();
  const cells = async (label: string) => (await rowsOf(label)).map((row) => row.split(/\s*[\t\n]\s*/));
  await page.getByText(`Days and hours are those of ${timeZone}.`).waitFor();
  for (const name of ['From', 'To']) await page.getByLabel(name, { exact: true }).fill(day);
  const shown = page.waitForResponse((response) => response.url().includes('/analytics?'));
  await page.getByRole('button', { name: 'Show' }).click();
  await shown;
  await settledPage(page);
  expect(await cells('By role')).toEqual([
    ['Parents', '2', '1 · 50%', '1 · 50%', '0 · 0%', '0'],
    ['Students', '1', '0 · 0%', '0 · 0%', '0 · 0%', '0'],
  ]);
  expect(await cells('By type')).toEqual([
    ['A payment arrived', '3', '1 · 33.3%', '1 · 33.3%', '0 · 0%', '0'],
  ]);
  expect(await cells('By hour of the day')).toEqual([
    ['09:00', '3', '1 · 33.3%', '1 · 33.3%', '0 · 0%', '0'],
  ]);
  expect(await cells('Active people by day')).toEqual([[day, '1']]);
  expect(await cells('Pages')).toEqual([['/fees of school-uuid', '1', '0', '0', '1.5 min']]);
  await tab.picture('school-analytics');
  await page.setViewportSize({ width: 320, height: 640 });
  expect(await overflowOf(page)).toBeLessThanOrEqual(0);
  expect(await axeFindings(page)).toEqual([]);
  await tab.picture('school-analytics-320');

  const began = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Download CSV' }).click();
  const download = await began;
  expect(download.suggestedFilename()).toMatch(/^deliveries-.*\.csv$/);
  expect(download.url()).toStartWith('blob:');
  const lines = (await text(await download.createReadStream())).trim().split('\r\n');
  expect(lines.slice(1).map((line) => line.split(',').slice(1, 9).join())).toEqual([
    'school-uuid,parent,payment_received,sms,2,2,1,1',
    'school-uuid,student,payment_received,sms,1,1,0,0',
  ]);

  await using other = await openTab(`${service.url}/school/dashboard`, { as: director });
  await settledPage(other.page);
  await other.page.locator('select[name=schoolId]').selectOption({ label: 'Riverside School' });
  await other.page.getByRole('button', { name: 'Show' }).click();
  await other.page.getByText('/fees of school-2').waitFor();
  await other.page.getByText('/fees of school-uuid').waitFor({ state: 'detached' });
  expect([...tab.faults, ...other.faults]).toEqual([]);
}, 60_000);

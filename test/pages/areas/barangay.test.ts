import { afterAll, beforeAll, expect } from 'bun:test';
import { installTriggers } from '../../../src/db/triggers/triggers.ts';
import { barangayTables } from '../../../src/domains/barangay/triggers.ts';
import { axeFindings } from '../../support/browser/axe.ts';
import { hostileMarkup as hostile, hostileElements } from '../../support/browser/hostile-markup.ts';
import { type Page, pageTabs, type Tab, type TabOptions } from '../../support/browser/pages.ts';
import { needs } from '../../support/processes/components.ts';
import { startPagesService } from '../../support/services/pages-service.ts';
import type { TestService } from '../../support/services/service.ts';

const test = needs('chromium');
const openTab = pageTabs();
const opened = new AsyncDisposableStack();
let service: TestService;

beforeAll(async () => {
  service = opened.use(await startPagesService());
  await service.database.transaction((_, query) => installTriggers(query, barangayTables));
});
afterAll(() => opened.disposeAsync());

const sql = (statement: string) => service.database.query(statement);

/** The board of a person, live. */
async function open(userId: string, role: string, options: TabOptions = {}): Promise<Tab> {
  const tab = await openTab(`${service.url}/barangay`, { as: { userId, role }, ...options });
  await tab.page.locator('header .tambuli-connection[data-kind=live]').waitFor();
  await tab.page.locator('.blotter').first().waitFor();
  return tab;
}

const hearing = (page: Page, text: string) => page.locator('.hearing', { hasText: text });
const blotter = (page: Page, text: string) => page.locator('.blotter', { hasText: text });

test('a hearing and a case that any program changes by SQL or REST change on the board by themselves', async () => {
  await using officer = await open('user123', 'officer');
  await using captain = await open('captain1', 'captain', { width: 320, height: 640, scheme: 'dark' });
  for (const { page } of [officer, captain]) {
    await page.getByText('Friday, December 5, 2025').waitFor();
    await hearing(page, 'BLT-2025-0456').getByText('09:00').waitFor();
    await page.evaluate(() => Object.assign(globalThis, { isSamePage: true }));
  }
  await sql(`update hearings set status = 'postponed', hearing_time = '13:30' where id = 123`);
  await sql(`update blotter_reports set priority = 'urgent' where id = 456`);
  await sql(`insert into hearings (blotter_report_id, hearing_date, hearing_time, purpose)
    values (456, '2025-12-05', '08:15', 'Conciliation')`);
  for (const { page } of [officer, captain]) {
    await hearing(page, 'Mediation').getByText('postponed').waitFor();
    await hearing(page, 'Mediation').getByText('13:30').waitFor();
    await blotter(page, 'BLT-2025-0456').getByText('urgent').waitFor();
    await page.getByText('2 hearings').waitFor();
    expect(await page.locator('.hearing-time').allTextContents()).toEqual(['08:15', '13:30']);
  }
  // A row changed without its trigger, and told by REST.
  await sql(`alter table blotter_reports disable trigger user`);
  await sql(`update blotter_reports set status = 'resolved' where id = 456`);
  await sql(`alter table blotter_reports enable trigger user`);
  await service.post('/ws/broadcast/case', { caseId: 456, eventType: 'status_changed' });
  const notification = { title: 'Hearing moved', message: 'To half past one.' };
  await service.post('/ws/broadcast/notification', { userId: 'user123', notification });
  await blotter(officer.page, 'BLT-2025-0456').getByText('resolved').waitFor();
  await officer.page.getByRole('button', { name: /Notices 1/ }).waitFor();
  await Promise.all([officer.picture('barangay-officer'), captain.picture('barangay-captain-phone')]);
  expect([...(await axeFindings(officer.page)), ...(await axeFindings(captain.page))]).toEqual([]);
  // A day that is not shown is told.
  await sql(
    `insert into hearings (hearing_date, hearing_time, purpose) values ('2025-12-01', '10:00', 'First talk')`,
  );
  await officer.page.getByText('Monday, December 1, 2025: the hearing “First talk” has changed').waitFor();
  await sql(`delete from hearings where purpose = 'Conciliation'`);
  for (const { page, faults } of [officer, captain]) {
    await page.getByText('1 hearing', { exact: true }).waitFor();
    expect(await page.evaluate(() => Reflect.get(globalThis, 'isSamePage'))).toBe(true);
    expect(faults).toEqual([]);
  }
}, 60_000);

test('a resident sees the cases that they filed and no others, as they change, and one just filed at once on both devices', async () => {
  await sql(`insert into blotter_reports (case_number, incident_type, filed_by)
    values ('BLT-OTHER', 'Theft', 'captain1')`);
  await using resident = await open('resident7', 'user');
  const { page } = resident;
  await using phone = await open('resident7', 'user', { width: 320, height: 640, language: 'fil' });
  await blotter(page, 'BLT-2025-0456').waitFor();
  expect(await page.locator('.blotter').count()).toBe(1);
  expect(await page.locator('.hearing').count()).toBe(0);
  await sql(
    `update blotter_reports set status = 'ongoing' where case_number in ('BLT-2025-0456', 'BLT-OTHER')`,
  );
  await blotter(page, 'BLT-2025-0456').getByText('ongoing').waitFor();
  await sql(`insert into blotter_reports (case_number, incident_type, filed_by)
    values ('BLT-NEW', 'Boundary dispute', 'resident7')`);
  for (const { page } of [resident, phone]) {
    await blotter(page, 'BLT-NEW').waitFor();
    expect(await page.locator('.blotter').count()).toBe(2);
  }
  await sql(`delete from blotter_reports where case_number = 'BLT-NEW'`);
  await blotter(phone.page, 'BLT-NEW').waitFor({ state: 'detached' });
  await resident.picture('barangay-resident');
  expect(await axeFindings(page)).toEqual([]);
  expect([...resident.faults, ...phone.faults]).toEqual([]);
}, 60_000);

test('hostile text in every column of a hearing and a case stays text, also as it arrives', async () => {
  await using officer = await open('user123', 'officer');
  const { page, faults } = officer;
  await sql(`update blotter_reports set case_number = '${hostile}', incident_type = '${hostile}', narrative = '${hostile}',
    incident_location = '${hostile}', complainant = '${hostile}', status = '${hostile}', priority = '${hostile}',
    assigned_officers = array['${hostile}'] where id = 456`);
  await sql(`update hearings set purpose = '${hostile}', location = '${hostile}', notes = '${hostile}',
    status = '${hostile}' where id = 123`);
  await service.post('/ws/broadcast/notification', {
    userId: 'user123',
    notification: { title: hostile, message: hostile },
  });
  await blotter(page, hostile).locator('summary').click();
  await hearing(page, hostile).waitFor();
  await page.getByRole('button', { name: /Notices/ }).click();
  await page.locator('.tambuli-items', { hasText: hostile }).waitFor();
  expect(await hostileElements(page)).toBe(0);
  expect(faults).toEqual([]);
}, 60_000);

test('by keyboard alone an officer goes to another day and reads a case', async () => {
  await sql(
    `insert into hearings (hearing_date, hearing_time, purpose) values ('2025-12-04', '10:00', 'First talk')`,
  );
  await sql(`insert into blotter_reports (case_number, incident_type, narrative)
    values ('BLT-READ', 'Lost animal', 'A brown goat.')`);
  await using officer = await open('user123', 'officer', { language: 'fil' });
  const { page, faults } = officer;
  const focused = (name: string) => page.locator(`:focus`, { hasText: name }).count();
  for (let press = 0; press < 40 && (await focused('‹')) === 0; press++) await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await hearing(page, 'First talk').waitFor();
  for (let press = 0; press < 40 && (await focused('BLT-READ')) === 0; press++)
    await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.getByText('A brown goat.').waitFor();
  await officer.picture('barangay-keyboard-fil');
  expect(faults).toEqual([]);
}, 60_000);

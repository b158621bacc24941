import { expect } from 'bun:test';
import { axeFindings } from '../../support/browser/axe.ts';
import { button, clinicPortals, isHeld, rowOf, tabTo } from '../../support/browser/clinic-portals.ts';
import { hostileMarkup as hostile, hostileElements } from '../../support/browser/hostile-markup.ts';
import { overflowOf, type Page } from '../../support/browser/pages.ts';
import { needs } from '../../support/processes/components.ts';

const test = needs('chromium');
const portals = clinicPortals();
const { open } = portals;

const unfold = (page: Page, name: string) => page.locator('summary', { hasText: name }).click();
const field = (page: Page, name: string) => page.getByLabel(name, { exact: true });

test('a case that one tab corrects and assigns is so in the other, whose open form is read-only and says who has the lock', async () => {
  await using asha = await open('asha', '#case=CASE-2', { width: 320, height: 640, scheme: 'dark' });
  await isHeld(asha.page);
  await using clinician = await open('clinician', '#case=CASE-2');
  const said = clinician.page.locator('.form-lock');
  await unfold(clinician.page, 'Correct what the case says');
  await said.getByText('asha1 has this case open.').waitFor();
  expect(await field(clinician.page, 'What is wrong').isEditable()).toBe(false);
  expect(await field(clinician.page, 'Emergency').isDisabled()).toBe(true);
  expect(await button(clinician.page, 'Save the correction').isDisabled()).toBe(true);

  await unfold(asha.page, 'Correct what the case says');
  await field(asha.page, 'Name of the patient').fill(hostile);
  await field(asha.page, 'What is wrong').fill(hostile);
  await field(asha.page, 'Purok or sitio').fill(hostile);
  await field(asha.page, 'Emergency').check();
  await asha.picture('clinic-edit-phone');
  expect(await axeFindings(asha.page)).toEqual([]);
  await button(asha.page, 'Save the correction').click();
  await rowOf(clinician.page, hostile).getByText('Emergency').waitFor();
  await clinician.page.getByRole('heading', { name: hostile }).waitFor();
  expect(await field(clinician.page, 'What is wrong').inputValue()).toBe(hostile);
  expect(await field(clinician.page, 'Purok or sitio').inputValue()).toBe(hostile);
  expect(await overflowOf(asha.page)).toBe(0);

  await asha.page.evaluate(() => Object.assign(location, { hash: 'cases' }));
  await isHeld(clinician.page);
  await said.waitFor({ state: 'detached' });
  expect(await field(clinician.page, 'What is wrong').isEditable()).toBe(true);
  await field(clinician.page, 'Purok or sitio').fill('Purok 9');
  await unfold(clinician.page, 'Assign the case');
  await field(clinician.page, 'Clinician').fill(hostile);
  await clinician.picture('clinic-assign');
  expect(await axeFindings(clinician.page)).toEqual([]);
  await button(clinician.page, 'Save the assignment').click();
  await clinician.page.getByText(`With ${hostile}`).waitFor();
  await rowOf(asha.page, hostile).click();
  await asha.page.getByText(`With ${hostile}`).waitFor();

  // The lock is taken from the form that is open, and given to another.
  const admin = { 'x-user-id': 'admin1', 'x-role': 'admin' };
  const path = '/api/cases/CASE-2/lock';
  const broken = await fetch(portals.service.url + path, { method: 'DELETE', headers: admin });
  expect(broken.status).toBe(200);
  await said.first().getByText('asha1 has this case open.').waitFor();
  expect(await field(clinician.page, 'Purok or sitio').isEditable()).toBe(false);
  expect(await field(clinician.page, 'Purok or sitio').inputValue()).toBe('Purok 9');
  await isHeld(asha.page);
  for (const { page, faults } of [clinician, asha]) {
    expect(await hostileElements(page)).toBe(0);
    expect(faults).toEqual([]);
  }
}, 60_000);

test('by keyboard alone a clinician sends a notification about a case, and gives the case to another health worker', async () => {
  await using asha = await open('asha');
  await using clinician = await open('clinician', '#case=CASE-2', { language: 'fil' });
  const { page } = clinician;
  await isHeld(page);
  await tabTo(page, 'Magpadala ng abiso');
  await page.keyboard.press('Enter');
  await field(page, 'Para kanino').waitFor();
  await tabTo(page, 'Paksa');
  await page.keyboard.type(hostile);
  await tabTo(page, 'Nilalaman');
  await page.keyboard.type(hostile);
  await tabTo(page, 'Ipadala ang abiso');
  await page.keyboard.press('Enter');
  await page.locator('.toast', { hasText: 'Naipadala kay asha1.' }).waitFor();
  await asha.page.getByRole('button', { name: /Notices 1/ }).click();
  await asha.page.locator('.tambuli-items', { hasText: hostile }).waitFor();

  await page.locator('#case-title').focus();
  await tabTo(page, 'Italaga ang kaso');
  await page.keyboard.press('Enter');
  await field(page, 'Itatalagang doktor').waitFor();
  await tabTo(page, 'Itatalagang health worker');
  await page.keyboard.press('ControlOrMeta+a');
  await page.keyboard.type('chw1');
  await tabTo(page, 'I-save ang pagtatalaga');
  await page.keyboard.press('Enter');
  await rowOf(asha.page, 'Ana Reyes').waitFor({ state: 'detached' });
  await page.getByText('Dala ni chw1').waitFor();
  await clinician.picture('clinic-forms-fil');
  for (const { page, faults } of [clinician, asha]) {
    expect(await hostileElements(page)).toBe(0);
    expect(faults).toEqual([]);
  }
}, 60_000);

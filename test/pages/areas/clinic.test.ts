import { expect } from 'bun:test';
import { axeFindings } from '../../support/browser/axe.ts';
import { button, clinicPortals, isHeld, rowOf, tabTo } from '../../support/browser/clinic-portals.ts';
import { hostileMarkup as hostile, hostileElements } from '../../support/browser/hostile-markup.ts';
import { overflowOf } from '../../support/browser/pages.ts';
import { samples } from '../../support/files/samples.ts';
import { needs } from '../../support/processes/components.ts';
import { until } from '../../support/until.ts';

const test = needs('chromium');
const portals = clinicPortals();
const { open } = portals;

test('a case that the clinician marks as completed changes in the portal of the ASHA, and the message covers no content', async () => {
  await using clinician = await open('clinician');
  await using asha = await open('asha');
  await rowOf(asha.page, 'Ana Reyes').getByText('Sent to clinician').waitFor();
  await asha.page.evaluate(() => Object.assign(globalThis, { isSamePage: true }));
  await asha.page.locator('.online', { hasText: 'clinician1 (clinician)' }).waitFor();
  await asha.picture('clinic-asha-list');

  await rowOf(clinician.page, 'Ana Reyes').click();
  await isHeld(clinician.page);
  await clinician.picture('clinic-clinician-case');
  await button(clinician.page, 'Mark as completed').click();

  await rowOf(asha.page, 'Ana Reyes').getByText('Completed').waitFor();
  await asha.page.locator('.toast', { hasText: 'clinician1: Ana Reyes is now “Completed”' }).waitFor();
  expect(await asha.page.evaluate(() => Reflect.get(globalThis, 'isSamePage'))).toBe(true);
  await clinician.page.getByText('This case is closed.').waitFor();
  expect(await asha.page.evaluate(distances)).toMatchObject({ isAbove: true });
  await asha.page.setViewportSize({ width: 320, height: 640 });
  expect(await asha.page.evaluate(distances)).toMatchObject({ isBelow: true });
  expect([...clinician.faults, ...asha.faults]).toEqual([]);
}, 60_000);

/** At the end of the page: whether the messages are in the upper half of the screen, and whether they are below the content. */
function distances() {
  scrollTo(0, document.documentElement.scrollHeight);
  const messages = document.querySelector('.toasts')?.getBoundingClientRect();
  const content = document.querySelector('main')?.getBoundingClientRect();
  if (!messages || !content) throw new Error('The page has no messages.');
  // Scrolling ends at a whole pixel.
  return { isAbove: messages.bottom < innerHeight / 2, isBelow: messages.top > content.bottom - 1 };
}

test('a lock that one tab takes is seen in the other, which gets it when that tab is closed', async () => {
  await using asha = await open('asha', '#case=CASE-2');
  await isHeld(asha.page);
  {
    await using clinician = await open('clinician', '#case=CASE-2');
    const lock = clinician.page.locator('.lock[data-kind=waiting]');
    await lock.getByText('asha1 has this case open.').waitFor();
    expect(await button(clinician.page, 'Start the review').isDisabled()).toBe(true);
    await clinician.picture('clinic-lock-refused');
    await asha.page.getByText('Here now: clinician1').waitFor();

    await asha.page.close({ runBeforeUnload: true });
    await isHeld(clinician.page);
    await button(clinician.page, 'Start the review').click();
    await button(clinician.page, 'Send advice').waitFor();
    await isHeld(clinician.page);
  }
  // A tab that ends without a word: the server gives its lock a moment to come back, and no more. By time alone the lock
  // would have more left for longer than is waited here.
  await until(async () => (await remainingMs()) <= 10_000, 10_000);
  expect(asha.faults).toEqual([]);
}, 90_000);

/** The time that the lock of CASE-2 has left, in milliseconds; 0 when it is free. */
async function remainingMs(): Promise<number> {
  const [row] = await portals.service.database.query<{ ms: number }>(
    `select coalesce(extract(epoch from expires_at - clock_timestamp()) * 1000, 0)::float8 as ms
     from realtime_leases where name = 'clinic_case:CASE-2' and user_id is not null`,
  );
  return Number(row?.ms ?? 0);
}

test('a lock that is taken away is told, a step that came too late is explained, and leaving gives it back', async () => {
  await using clinician = await open('clinician', '#case=CASE-3');
  const { page } = clinician;
  await isHeld(page);
  const admin = { 'x-user-id': 'admin1', 'x-role': 'admin' };
  const broken = await fetch(`${portals.service.url}/api/cases/CASE-3/lock`, {
    method: 'DELETE',
    headers: admin,
  });
  expect(broken.status).toBe(200);
  await page.getByText('The case was taken from you.').waitFor();
  await button(page, 'Take it again').click();
  await isHeld(page);
  // Another program writes without telling anybody.
  await portals.service.database.query(`update clinic.cases set status = 'CANCELLED' where id = 'CASE-3'`);
  await button(page, 'Start the review').click();
  await page.getByText('Not done: meanwhile the case became “Cancelled”.').waitFor();
  await page.getByText('This case is closed.').waitFor();
  await clinician.picture('clinic-conflict');
  expect(await axeFindings(page)).toEqual([]);
  await rowOf(page, 'Ana Reyes').click();
  await until(async () => {
    const [{ user_id } = { user_id: '' }] = await portals.service.database.query<{ user_id: string | null }>(
      `select user_id from realtime_leases where name = 'clinic_case:CASE-3'`,
    );
    return user_id === null;
  });
  expect(clinician.faults).toEqual([]);
}, 60_000);

test('a message, the writing of it, a reaction and a receipt go from one tab to the other', async () => {
  await using clinician = await open('clinician', '#case=CASE-2');
  const phone = { width: 320, height: 640, scheme: 'dark' } as const;
  await using asha = await open('asha', '#case=CASE-2', phone);
  const field = asha.page.getByLabel('Message', { exact: true });
  await field.pressSequentially('She has ');
  await clinician.page.getByText('asha1 is writing…').waitFor();
  await field.pressSequentially('a headache.');
  await asha.page.getByText('Attach', { exact: true }).click();
  await asha.page.getByLabel('Address, with https://').fill('https://files.example/scan.jpg');
  await asha.page.getByLabel('Name', { exact: true }).fill('scan.jpg');
  await button(asha.page, 'Add to the message').click();
  await field.press('Enter');

  const message = clinician.page.locator('.message', { hasText: 'She has a headache.' });
  await message.getByRole('link', { name: 'scan.jpg' }).waitFor();
  expect(await clinician.page.getByText('asha1 is writing…').count()).toBe(0);
  await asha.page.getByText('Read by clinician1').waitFor();
  await message.getByRole('button', { name: 'React or answer: message of asha1' }).click();
  await button(clinician.page, 'React with 🙏').click();
  await button(asha.page, '🙏, 1').waitFor();
  await message.getByRole('button', { name: 'React or answer: message of asha1' }).click();
  await button(clinician.page, 'Answer').click();
  await clinician.page.getByLabel('Message', { exact: true }).fill('Since when?');
  await button(clinician.page, 'Send').click();
  await asha.page.locator('.answered', { hasText: 'asha1: She has a headache.' }).waitFor();
  await asha.page.getByText('Since when?').waitFor();
  await Promise.all([clinician.picture('clinic-chat'), asha.picture('clinic-chat-phone')]);
  expect([...(await axeFindings(clinician.page)), ...(await axeFindings(asha.page))]).toEqual([]);
  expect(await overflowOf(asha.page)).toBe(0);

  const own = clinician.page.locator('.message', { hasText: 'Since when?' });
  await own.getByRole('button', { name: 'React or answer: message of clinician1' }).click();
  await button(clinician.page, 'Delete').click();
  await asha.page.getByText('This message was deleted.').waitFor();
  expect([...clinician.faults, ...asha.faults]).toEqual([]);
}, 60_000);

test('a voice message is recorded, sent without a word and heard in the other tab, and a picture is seen', async () => {
  await using asha = await open('asha', '#case=CASE-2', { width: 320, height: 640 });
  await using clinician = await open('clinician', '#case=CASE-2');
  await button(asha.page, '🎙 Record a voice message').click();
  await asha.page.getByRole('timer').getByText('1 s').waitFor();
  await button(asha.page, '⏹ Stop recording').click();
  await asha.page.locator('.uploaded', { hasText: 'Voice message' }).waitFor();
  const picture = { name: 'feet.png', mimeType: 'image/png', buffer: Buffer.from(samples['image/png']) };
  await asha.page.getByLabel('Pictures, documents, recordings').setInputFiles(picture);
  await asha.page.locator('.uploaded', { hasText: 'feet.png' }).waitFor();
  await asha.picture('clinic-voice-phone');
  expect(await axeFindings(asha.page)).toEqual([]);
  expect(await overflowOf(asha.page)).toBe(0);
  await button(asha.page, 'Send').click();
  await clinician.page.getByRole('img', { name: 'feet.png' }).waitFor();
  await button(clinician.page, '▶ Listen: Voice message.webm').click();
  const player = clinician.page.locator('audio');
  await player.waitFor();
  await clinician.page.waitForFunction(() => {
    const audio = document.querySelector('audio');
    const image = document.querySelector<HTMLImageElement>('.attachment img');
    return audio !== null && audio.readyState >= 2 && image !== null && image.naturalWidth > 0;
  });
  await clinician.picture('clinic-voice');
  expect(await axeFindings(clinician.page)).toEqual([]);
  await asha.page.locator('.uploaded').waitFor({ state: 'detached' });
  expect([...clinician.faults, ...asha.faults]).toEqual([]);
}, 60_000);

test('hostile text in every field of the portals stays text in both tabs, also as it arrives', async () => {
  await using clinician = await open('clinician');
  await using asha = await open('asha');
  await asha.page.getByRole('link', { name: 'New case' }).click();
  await asha.page.getByLabel('Name of the patient').fill(hostile);
  await asha.page.getByLabel('What is wrong').fill(hostile);
  await asha.page.getByLabel('Purok or sitio').fill(hostile);
  await button(asha.page, 'Save the case').click();
  await isHeld(asha.page);
  await button(asha.page, 'Send to a clinician').click();
  await rowOf(asha.page, hostile).getByText('Sent to clinician').waitFor();
  await asha.page.evaluate(() => Object.assign(location, { hash: 'cases' }));
  await rowOf(clinician.page, hostile).click();
  await isHeld(clinician.page);
  await button(clinician.page, 'Start the review').click();
  await clinician.page.getByLabel('Assessment').fill(hostile);
  await clinician.page.getByLabel('Advice for the health worker').fill(hostile);
  await button(clinician.page, 'Send advice').click();
  await clinician.page.locator('.review').waitFor();
  await clinician.page.getByLabel('Message', { exact: true }).fill(hostile);
  await clinician.page.getByText('Attach', { exact: true }).click();
  await clinician.page.getByLabel('Address, with https://').fill('javascript:tellViolation("ran")//');
  await clinician.page.getByLabel('Name', { exact: true }).fill(`${hostile.replaceAll('/', '')}.png`);
  await button(clinician.page, 'Add to the message').click();
  await button(clinician.page, 'Send').click();
  await clinician.page.locator('.toast[data-tone=bad]').getByRole('button').click();
  await button(clinician.page, `Leave out ${hostile.replaceAll('/', '')}.png`).click();
  await button(clinician.page, 'Send').click();
  const note = { userId: 'asha1', title: hostile, message: hostile };
  const headers = { 'x-user-id': 'clinician1', 'x-role': 'clinician' };
  expect((await portals.service.post('/api/clinic/notifications', note, headers)).status).toBe(200);
  await rowOf(asha.page, hostile).click();
  await asha.page.locator('.review', { hasText: hostile }).waitFor();
  await asha.page.locator('.message', { hasText: hostile }).waitFor();
  await asha.page.getByRole('button', { name: /Notices/ }).click();
  await asha.page.locator('.tambuli-items', { hasText: hostile }).waitFor();
  for (const { page, faults } of [clinician, asha]) {
    expect(await hostileElements(page)).toBe(0);
    expect(faults).toEqual([]);
  }
}, 60_000);

test('by keyboard alone a health worker brings a case, and sends it to a clinician', async () => {
  await using chw = await open('chw', '', { language: 'fil' });
  const { page, faults } = chw;
  await tabTo(page, 'Bagong kaso');
  await page.keyboard.press('Enter');
  await page.locator('input[name=patientName]:focus').waitFor();
  await page.keyboard.type('Nena Ramos');
  await tabTo(page, 'Ano ang nararamdaman');
  await page.keyboard.type('Nilalagnat nang dalawang araw.');
  await tabTo(page, 'Karaniwan');
  await page.keyboard.press('ArrowRight');
  await tabTo(page, 'I-save ang kaso');
  await page.keyboard.press('Enter');
  await isHeld(page);
  await chw.picture('clinic-keyboard-fil');
  await tabTo(page, 'Ipasa sa doktor');
  await page.keyboard.press('Enter');
  await rowOf(page, 'Nena Ramos').getByText('Ipinasa sa doktor').waitFor();
  await rowOf(page, 'Nena Ramos').getByText('Madalian').waitFor();
  expect(faults).toEqual([]);
}, 60_000);

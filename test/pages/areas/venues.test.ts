import { afterAll, beforeAll, expect } from 'bun:test';
import { pageTabs } from '../../support/browser/pages.ts';
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

const guest = { userId: 'user-123', role: 'user' };
const owner = { userId: 'owner-1', role: 'owner' };

test('what an owner changes is on the board of a guest, and what the guest says on the page of the owner', async () => {
  await using board = await openTab(`${service.url}/venues`, { as: guest });
  await using desk = await openTab(`${service.url}/venues/owner`, { as: owner });
  const guests = board.page;
  const owners = desk.page;

  expect(await owners.getByRole('button', { name: 'The Attic' }).count()).toBe(0);
  await owners.getByRole('button', { name: /The Blue Door/ }).click();
  await guests.getByRole('button', { name: /The Blue Door/ }).click();
  await guests.getByText('3 of 5, from one guest').waitFor();

  await guests.getByRole('radio', { name: 'Full' }).check();
  await guests.getByLabel('Comment').fill('Queue to the corner.');
  await guests.getByRole('button', { name: 'Send' }).click();
  await owners.getByText('Queue to the corner.').waitFor();
  await owners.getByText('4 of 5, from 2 guests').waitFor();

  await owners.getByText('New promotion').click();
  await owners.getByLabel('Title').fill('Free entry before nine');
  await owners.getByRole('button', { name: 'Publish' }).click();
  const promotions = guests.getByRole('list', { name: 'Promotions' });
  await promotions.getByText('Free entry before nine').waitFor();
  await guests.setViewportSize({ width: 320, height: 640 });
  await board.picture('venues-board-320');
  await desk.picture('venues-owner-open');
  await owners.getByRole('button', { name: 'End “Free entry before nine” now' }).click();
  await promotions.getByText('Free entry before nine').waitFor({ state: 'detached' });

  await owners.getByRole('button', { name: 'Close the venue' }).click();
  await guests.getByText('The venue is closed, so nobody can rate it.').waitFor();
  await owners.getByText('Details').click();
  const details = owners.locator('details', { hasText: 'Details' });
  await details.getByLabel('Name').fill('The Red Door');
  await details.getByRole('button', { name: 'Save' }).click();
  await guests.getByRole('heading', { name: 'The Red Door' }).waitFor();
  await guests.getByRole('button', { name: /The Red Door/ }).waitFor();

  const headers = { 'x-user-id': 'owner-1', 'x-role': 'owner' };
  await fetch(`${service.url}/api/venues/venue-123`, { method: 'DELETE', headers });
  await guests.getByText('This venue was removed.').waitFor();
  await guests.getByRole('button', { name: /The Red Door/ }).waitFor({ state: 'detached' });
  expect([...board.faults, ...desk.faults]).toEqual([]);
}, 60_000);

test('a guest rates a venue by keyboard alone', async () => {
  await using tab = await openTab(`${service.url}/venues`, { as: guest });
  const { page } = tab;
  const attic = page.getByRole('button', { name: /The Attic/ });
  await attic.waitFor();
  await attic.focus();
  await page.keyboard.press('Enter');
  await page.getByText('Nobody has said yet.').waitFor();
  await page.keyboard.press('Tab');
  await page.keyboard.press('Space');
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('Tab');
  await page.keyboard.type('Room to dance.');
  await page.keyboard.press('Enter');
  await page.getByText('2 of 5, from one guest').waitFor();
  expect(tab.faults).toEqual([]);
}, 60_000);

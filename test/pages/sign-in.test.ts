import { afterAll, beforeAll, expect } from 'bun:test';
import { type Page, pageTabs, settledPage } from '../support/browser/pages.ts';
import { startPrefixProxy } from '../support/network/prefix-proxy.ts';
import { needs } from '../support/processes/components.ts';
import { startPagesService } from '../support/services/pages-service.ts';
import { jwtMode, makeToken, type TestService } from '../support/services/service.ts';

const test = needs('chromium');
const openTab = pageTabs();
const opened = new AsyncDisposableStack();
let service: TestService;
let address: string;

beforeAll(async () => {
  service = opened.use(await startPagesService(jwtMode));
  address = `${service.url}/realtime-demo`;
});
afterAll(() => opened.disposeAsync());

const owner = () => makeToken({ user: 'owner-1', role: 'owner' });
const live = (page: Page) => page.locator('header .tambuli-connection[data-kind=live]').waitFor();

test('a token behind # signs in, leaves the address at once, and reaches no log', async () => {
  const token = await owner();
  await using tab = await openTab(`${address}#token=${token}`);
  const { page, faults } = tab;
  await live(page);
  expect(page.url()).toBe(address);
  expect(await page.evaluate(() => localStorage.length)).toBe(0);
  expect(await page.evaluate(() => history.length)).toBeLessThan(4);
  await page.reload();
  await live(page);
  expect(await page.locator('.who').textContent()).toBe('owner-1 owner');
  expect(service.logged()).not.toContain(token);
  expect(faults).toEqual([]);
});

test('a pasted token signs in for this tab alone, and signing out forgets it', async () => {
  await using tab = await openTab(address);
  const { page } = tab;
  await page.getByLabel('Token').fill('no token');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByText('This text is no token').waitFor();
  await page.getByLabel('Token').fill(`Bearer ${await owner()}`);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await live(page);
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByLabel('Token').waitFor();
  expect(await page.evaluate(() => sessionStorage.length)).toBe(0);
  await using other = await openTab(address);
  await other.page.getByLabel('Token').waitFor();
});

test('a token that the server refuses leads back to the form, which says why', async () => {
  const token = await makeToken({ user: 'owner-1', role: 'owner', expiresIn: -60 });
  await using tab = await openTab(`${address}#token=${token}`);
  await tab.page.getByRole('alert').waitFor();
  await tab.page.getByLabel('Token').waitFor();
  expect(tab.faults).toEqual([]);
});

test('no demo people are offered where the server checks tokens', async () => {
  await using tab = await openTab(address);
  await settledPage(tab.page);
  expect(await tab.page.locator('.people').count()).toBe(0);
  expect(await tab.page.locator('#facts').textContent()).not.toContain('owner-1');
});

test('a page works under a path that a proxy gives the server', async () => {
  await using proxy = startPrefixProxy(service.url, '/realtime/v2');
  await using tab = await openTab(`${proxy.url}/realtime-demo#token=${await owner()}`);
  await live(tab.page);
  await tab.page.getByText('The Blue Door').waitFor({ state: 'attached' });
  expect(await tab.page.locator('.brand').getAttribute('href')).toBe(`${proxy.url}/`);
  expect(tab.faults).toEqual([]);
});

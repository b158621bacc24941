import { afterAll, beforeAll, expect } from 'bun:test';
import { axeFindings } from '../support/browser/axe.ts';
import { pageTabs } from '../support/browser/pages.ts';
import { needs } from '../support/processes/components.ts';
import { startPagesService } from '../support/services/pages-service.ts';
import { jwtMode, makeToken, startTestService, type TestService } from '../support/services/service.ts';

const test = needs('chromium');
const openTab = pageTabs();
const opened = new AsyncDisposableStack();
let service: TestService;

beforeAll(async () => {
  service = opened.use(await startPagesService());
});
afterAll(() => opened.disposeAsync());

test('the console of the start page subscribes, publishes, and shows every frame', async () => {
  await using tab = await openTab(service.url);
  const { page } = tab;
  const frames = page.getByRole('list', { name: 'Frames' });
  await page.locator('.tambuli-connection[data-kind=live]').waitFor();
  await page.getByLabel('Channel').fill('hearings');
  await page.getByRole('button', { name: 'Subscribe' }).click();
  await frames.getByText(/"type":"subscribed".*"channel":"hearings"/).waitFor();
  await page.getByLabel('Type').fill('note');
  await page.getByLabel('Data, as JSON').fill('{"n":1');
  await page.getByRole('button', { name: 'Publish' }).click();
  await page.getByText('The data is not JSON.').waitFor();
  await page.getByLabel('Data, as JSON').fill('{"n":1}');
  await page.getByRole('button', { name: 'Publish' }).click();
  await frames.getByText(/"type":"note","channel":"hearings","data":{"n":1}/).waitFor();
  await page.getByLabel('Channel').fill('case:999');
  await page.getByRole('button', { name: 'Subscribe' }).click();
  await page.getByRole('button', { name: 'Leave hearings' }).click();
  await frames.getByText(/"type":"unsubscribe"/).waitFor();
  await tab.picture('landing-used');
  expect(tab.faults).toEqual([]);
});

test('the lines to paste name the channel and the person of the console', async () => {
  await using tab = await openTab(service.url);
  const { page } = tab;
  await page.getByLabel('Who you are').selectOption({ label: 'Mara · user · user-123' });
  await page.getByLabel('Channel').fill('venue:it’s');
  await page.getByText('Lines to paste').click();
  const lines = await page.locator('.paste pre').allTextContents();
  expect(lines.length).toBe(3);
  const stream = lines.find((line) => line.startsWith('curl -N')) ?? '';
  expect(stream).toContain('userId=user-123');
  await page.getByLabel('Channel').fill('venue:venue-123');
  const [, address = ''] =
    /'(http[^']+)'/.exec((await page.locator('.paste pre').allTextContents()).join('\n')) ?? [];
  const response = await fetch(address);
  expect(response.headers.get('content-type')).toContain('text/event-stream');
  await response.body?.cancel();
});

test('in production the root says whether the server is ready, and nothing of what it serves', async () => {
  await using plain = await startTestService({ env: { ...jwtMode, PAGES: 'plain', DOMAINS: 'barangay' } });
  await using tab = await openTab(plain.url, { width: 320, height: 480, scheme: 'dark', language: 'fil' });
  const { page } = tab;
  await page.getByText('Handa na ang server.').waitFor();
  expect(await page.locator('html').getAttribute('lang')).toBe('fil');
  expect(await page.locator('body').textContent()).not.toContain('hearings');
  expect(await axeFindings(page)).toEqual([]);
  await tab.picture('plain');
  expect(tab.faults).toEqual([]);
});

test('the frames are for operators alone where the documents are, and they sign in for them', async () => {
  const env = { ...jwtMode, NODE_ENV: 'test', API_DOCS: 'operators', DOMAINS: 'barangay' };
  await using guarded = await startTestService({ env });
  await using tab = await openTab(`${guarded.url}/asyncapi`);
  const { page } = tab;
  await page.getByLabel('Token').waitFor();
  await tab.picture('asyncapi-token');
  await page.getByLabel('Token').fill(await makeToken({ role: 'admin' }));
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByText('/ws/realtime').first().waitFor();
  await page.locator('summary', { hasText: 'sync_request' }).click();
  await page.getByRole('cell', { name: 'limit' }).waitFor();
  expect(tab.faults).toEqual([]);
});

test('the list of pages is in the language of the page', async () => {
  await using tab = await openTab(`${service.url}/`);
  const list = tab.page.locator('.links').first();
  await list.getByText('Announcements', { exact: true }).waitFor();
  await tab.page.locator('header select').selectOption('fil');
  await list.getByText('Mga anunsiyo', { exact: true }).waitFor();
  expect(tab.faults).toEqual([]);
}, 60_000);

import { afterAll, beforeAll, expect, test as plainTest } from 'bun:test';
import { latestMinutes, quantile } from '../../clients/pages/src/operate/numbers.ts';
import { publish } from '../operate/support.ts';
import { hostileMarkup as hostile, hostileElements } from '../support/browser/hostile-markup.ts';
import { pageTabs } from '../support/browser/pages.ts';
import { needs } from '../support/processes/components.ts';
import { type ServerProcess, startServerProcess } from '../support/processes/process.ts';
import { createSeededDatabase } from '../support/services/gateway-service.ts';
import { startTestService, type TestService } from '../support/services/service.ts';
import { joinAs } from '../support/services/session.ts';

const test = needs('chromium');
const openTab = pageTabs();
const opened = new AsyncDisposableStack();
const as = { userId: 'operator', role: 'admin' };
let service: TestService;
let other: ServerProcess;

beforeAll(async () => {
  const database = opened.use(await createSeededDatabase());
  const env = { BROKER: 'postgres', DOMAINS: 'barangay' };
  service = opened.use(await startTestService({ database, env }));
  other = opened.use(startServerProcess({ ...env, DATABASE_URL: database.url, AUTH_MODE: 'insecure' }));
  await other.listening();
});
afterAll(() => opened.disposeAsync());

test('the dashboard shows a deployment at a glance, and a process that was killed', async () => {
  await using phone = await joinAs(service, { userId: 'ana', role: 'officer' }, ['hearings']);
  await publish(service, 'hearings');
  await phone.next('note');
  await using tab = await openTab(`${service.url}/operate`, { as });
  const { page } = tab;
  const verdict = page.locator('.operate-verdict h2');
  await page.getByRole('region', { name: 'Processes' }).getByText('ready').nth(1).waitFor();
  expect(await verdict.textContent()).toBe('Nothing is lost');
  await page.locator('.operate-chart canvas').nth(1).waitFor();
  await tab.picture('operate-overview');
  other.kill('SIGKILL');
  await page.getByText('silent', { exact: true }).waitFor({ timeout: 30_000 });
  expect(await verdict.textContent()).toBe('Look here');
  expect(await page.locator('.operate-verdict li').first().textContent()).toMatch(
    /^Process \w+ does not answer\.$/,
  );
  await tab.picture('operate-killed');
  await page.getByRole('link', { name: 'All', exact: true }).click();
  const all = page.getByRole('region', { name: 'Processes of the last week' });
  await all.getByText('silent', { exact: true }).waitFor();
  expect(await all.getByText('ready', { exact: true }).count()).toBe(1);
  await page.getByRole('link', { name: 'Channels' }).click();
  await page.getByRole('link', { name: 'hearings' }).click();
  await page.getByText('1 of 1 at the head').waitFor();
  const publications = page.getByRole('region', { name: 'Publications' });
  await publications.getByText('note').waitFor();
  await page.getByRole('textbox', { name: 'Before offset' }).fill('1');
  await page.getByRole('button', { name: 'Find' }).click();
  await publications.getByText('There is nothing here.').waitFor();
  await page.getByRole('link', { name: 'Sessions' }).click();
  await page.getByRole('textbox', { name: 'User' }).fill('ana');
  await page.getByRole('button', { name: 'Find' }).click();
  await page.getByText('1 match', { exact: true }).waitFor();
  await page.getByRole('link', { name: 'ana' }).click();
  await page.getByRole('button', { name: 'Close the session' }).click();
  await page.getByRole('button', { name: /Press again/ }).click();
  expect((await phone.closed).code).toBe(4011);
  await page.getByRole('link', { name: 'Why did she not get it?' }).click();
  await page.getByRole('textbox', { name: 'Id of the person' }).fill('nobody');
  await page.getByRole('textbox', { name: 'Channel', exact: true }).fill('hearings');
  await page.getByRole('button', { name: 'Ask' }).click();
  await page
    .getByText('offline', { exact: true })
    .or(page.getByText('unknown', { exact: true }))
    .waitFor();
  await tab.picture('operate-why');
  expect(tab.faults).toEqual([]);
}, 120_000);

test('what users write is text in every view', async () => {
  await publish(service, 'cases', { type: hostile, data: { text: hostile } });
  await using _client = await joinAs(service, { userId: hostile, role: hostile }, []);
  await using tab = await openTab(`${service.url}/operate#/channels/cases`, { as });
  const { page } = tab;
  await page.getByText(hostile).first().waitFor();
  await page.getByRole('link', { name: 'Sessions' }).click();
  await page.getByRole('link', { name: hostile }).waitFor();
  expect(await hostileElements(page)).toBe(0);
  expect(tab.faults).toEqual([]);
}, 60_000);

plainTest('a percentile is interpolated within its bucket', () => {
  const buckets = [
    { le: 0.01, count: 50 },
    { le: 0.1, count: 99 },
    { le: null, count: 100 },
  ];
  expect(quantile(buckets, 0.5)).toBe(10);
  expect(quantile(buckets, 0.99)).toBe(100);
  expect(quantile(buckets, 1)).toBe(100);
  expect(quantile([], 0.5)).toBeUndefined();
});

plainTest('a chart ends at its latest value, and now while it has none', () => {
  expect(latestMinutes(5_000, 9_000_000)).toEqual([4_400, 5_000]);
  expect(latestMinutes(null, 9_000_000)).toEqual([8_400, 9_000]);
});

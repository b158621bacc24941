import { afterAll, beforeAll, expect } from 'bun:test';
import type { Database } from '../../src/db/connection/open.ts';
import { type Page, pageTabs, settledPage, signInAs } from '../support/browser/pages.ts';
import { needs } from '../support/processes/components.ts';
import { startPagesService } from '../support/services/pages-service.ts';
import type { TestService } from '../support/services/service.ts';

/** Every text that a person can write, hostile, on every page that the product declares. */

const test = needs('chromium');
const openTab = pageTabs();
const opened = new AsyncDisposableStack();
let service: TestService;

const markup = '<img src=x onerror=tellViolation("ran")><b class=hostile>bold</b>';
const address = 'javascript:tellViolation("ran")//';
/** Names, rights and states, which other rows and the server's own tables refer to. */
const notWritten =
  /(^|_)(id|ids|by|role|status|type|kind|code|epoch|cell|key|number|category|priority|severity|method|mode|language|locale|timezone)$/;

beforeAll(async () => {
  service = opened.use(await startPagesService());
  expect(await poison(service.database)).toBeGreaterThan(15);
});
afterAll(() => opened.disposeAsync());

interface Column {
  readonly schema: string;
  readonly table: string;
  readonly column: string;
}

/** Writes hostile text into every text column of the applications that takes it; resolves with their number. */
async function poison(database: Database): Promise<number> {
  const columns = await database.query<Column>(`
    select table_schema as schema, table_name as table, column_name as column from information_schema.columns
    where table_schema in ('public', 'campus', 'clinic', 'school', 'venues') and data_type = 'text'
      and table_name not like 'realtime\\_%' order by 1, 2, 3`);
  let written = 0;
  for (const { schema, table, column } of columns.filter(({ column }) => !notWritten.test(column))) {
    const text = /url|link|href/.test(column) ? address : markup;
    const statement = `update "${schema}"."${table}" set "${column}" = $1`;
    // A column that is a closed set of words refuses it.
    written += await database.query(statement, [text]).then(
      () => 1,
      () => 0,
    );
  }
  return written;
}

interface Declared {
  readonly path: string;
}

/** The places of people in the form for signing in; of a page without one, a single place. */
async function oneOfEachRole(page: Page): Promise<readonly number[]> {
  const facts = JSON.parse((await page.locator('#facts').textContent()) ?? '{}');
  const asks = (await page.locator('.people').count()) > 0;
  const roles: readonly string[] = asks ? facts.people.map(({ role }: { role: string }) => role) : [''];
  return roles.flatMap((role, place) => (roles.indexOf(role) === place ? [place] : []));
}

test('hostile text is text on every page, for every person it is for, also when it arrives live', async () => {
  const { body } = await service.get('/', { accept: 'application/json' });
  let shown = 0;
  for (const { path } of (body as { pages: readonly Declared[] }).pages) {
    await using first = await openTab(service.url + path);
    await settledPage(first.page);
    for (const person of await oneOfEachRole(first.page)) {
      await using tab = await openTab(service.url + path);
      const { page, faults } = tab;
      await settledPage(page);
      await signInAs(page, person);
      await settledPage(page);
      await arrive();
      // An opened one is found no more, so the next is the first of those that are left.
      const closed = page.locator('main details:not([open]) > summary');
      if (path !== '/asyncapi') while (await closed.count()) await closed.first().click();
      const found = await page.evaluate(() => ({
        made: document.querySelectorAll('.hostile, img[src=x]').length,
        links: document.querySelectorAll('a[href^="javascript:" i]').length,
        isShown: document.body.textContent?.includes('<b class=hostile>') === true,
      }));
      expect({ path, person, ...found, faults }).toMatchObject({ made: 0, links: 0, faults: [] });
      if (found.isShown) shown += 1;
    }
  }
  expect(shown).toBeGreaterThan(0);
}, 180_000);

/** The same over the channels: a change of each area's rows, as its people make it. */
async function arrive(): Promise<void> {
  const owner = { 'x-user-id': 'owner-1', 'x-role': 'owner' };
  const description = { description: markup };
  await fetch(`${service.url}/api/venues/venue-123`, {
    method: 'PATCH',
    headers: { ...owner, 'content-type': 'application/json' },
    body: JSON.stringify(description),
  });
  const notification = { title: markup, message: markup };
  await service.post('/ws/broadcast/notification', { userId: 'user123', notification });
  await service.post('/ws/broadcast/case', { caseId: 456, eventType: 'updated' });
  await service.post('/ws/broadcast/hearing', { hearingId: 123, eventType: 'updated' });
}

import { afterAll, beforeAll, expect } from 'bun:test';
import type { Database } from '../../src/db/connection/open.ts';
import { hostileElements, hostileMarkup as markup } from '../support/browser/hostile-markup.ts';
import { type Page, pageTabs, settledPage, signInAs } from '../support/browser/pages.ts';
import { needs } from '../support/processes/components.ts';
import { startPagesService } from '../support/services/pages-service.ts';
import type { TestService } from '../support/services/service.ts';

/** Every text that a person can write, hostile, on every page that the product declares. */

const test = needs('chromium');
const openTab = pageTabs();
const opened = new AsyncDisposableStack();
let service: TestService;

const address = 'javascript:tellViolation("ran")//';
const reportedPage = '/reported';
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
  // The page that somebody reported as seen is a text of theirs, which those who lead the school read.
  await database.query(
    `insert into realtime_user_activity (user_id, tenant_id, kind, page, occurred_at)
     values ('user1-uuid', 'school-uuid', 'page_view', $1, now())`,
    [`${markup}${reportedPage}`],
  );
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
  const reported: string[] = [];
  for (const { path } of (body as { pages: readonly Declared[] }).pages) {
    await using tabs = new AsyncDisposableStack();
    const first = tabs.use(await openTab(service.url + path));
    await settledPage(first.page);
    const people = await oneOfEachRole(first.page);
    const signedIn = [first];
    for (const _ of people.slice(1)) signedIn.push(tabs.use(await openTab(service.url + path)));
    for (const [place, { page }] of signedIn.entries()) {
      await settledPage(page);
      await signInAs(page, people[place] ?? 0);
      await settledPage(page);
    }
    await arrive();
    for (const [person, { page, faults }] of signedIn.entries()) {
      await page.evaluate(() => {
        for (const each of document.querySelectorAll<HTMLDetailsElement>('main details')) each.open = true;
      });
      await settledPage(page);
      if ((await page.getByText(reportedPage).count()) > 0) reported.push(path);
      const made = await hostileElements(page);
      expect({ path, person, made, faults }).toMatchObject({ made: 0, faults: [] });
      const text = await page.evaluate(() => document.body.textContent);
      if (text?.includes(markup)) shown += 1;
    }
  }
  expect(shown).toBeGreaterThan(0);
  expect(reported).toContain('/school/dashboard');
}, 180_000);

/** The same over the channels: a change in each area, as its people make it. */
async function arrive(): Promise<void> {
  const as = (userId: string, role: string, tenant = '') => ({
    'x-user-id': userId,
    'x-role': role,
    ...(tenant && { 'x-tenants': tenant }),
  });
  const said = { title: markup, message: markup };
  const issue = { campusId: 'campus123', title: markup, description: markup };
  const answers = await Promise.all([
    service.post('/api/venues/venue-123/vibe-checks', { rating: 5, comment: markup }, as('user-123', 'user')),
    service.post('/api/cases', { patientName: markup, complaint: markup }, as('asha1', 'asha')),
    service.post('/api/issues', issue, as('student1', 'reporter', 'org123')),
    service.post('/api/v1/realtime/broadcast/school', said, as('principal-1', 'principal', 'school-uuid')),
    service.post('/ws/broadcast/notification', { userId: 'user123', notification: said }),
    service.post('/ws/broadcast/case', { caseId: 456, eventType: 'updated' }),
    service.post('/ws/broadcast/hearing', { hearingId: 123, eventType: 'updated' }),
  ]);
  expect(answers.filter(({ status }) => status >= 300)).toEqual([]);
}

import { afterAll, beforeAll, expect } from 'bun:test';
import { createHexMap, fillOf } from '../../../clients/web/src/parts/hex-map.ts';
import { type Page, pageTabs } from '../../support/browser/pages.ts';
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

const tenants = ['org123'];
const reporter = { userId: 'student1', role: 'reporter', tenants };
const staff = { userId: 'staff1', role: 'staff', tenants };
const admin = { userId: 'admin1', role: 'admin', tenants };
const issueOf = (page: Page, title: string) =>
  page.getByRole('list', { name: 'Issues', exact: true }).getByRole('listitem').filter({ hasText: title });

test('an issue that a reporter sends is assigned, resolved and deleted by others, in front of everybody', async () => {
  await using first = await openTab(`${service.url}/campus`, { as: reporter, width: 320, height: 640 });
  await using second = await openTab(`${service.url}/campus`, { as: staff });
  await using third = await openTab(`${service.url}/campus`, { as: admin });
  const [student, maintenance, facilities] = [first.page, second.page, third.page];
  await issueOf(maintenance, 'Lamp out in room 204').waitFor();
  await issueOf(facilities, 'Lamp out in room 204').waitFor();

  await student.getByText('Report an issue').first().click();
  await student.getByLabel('Title').fill('Smell of gas');
  await student.locator('select[name=place]').selectOption({ label: 'Engineering Hall' });
  await student.locator('select[name=severity]').selectOption('critical');
  await student.locator('select[name=priority]').selectOption('critical');
  await student.getByRole('button', { name: 'Report an issue' }).click();
  await maintenance.getByText('New: Smell of gas').waitFor();
  await maintenance.getByRole('list', { name: 'Where it is worst' }).getByText('2 issues, 100 %').waitFor();
  expect(await student.getByText('New: Smell of gas').count()).toBe(0);

  const atStaff = issueOf(maintenance, 'Smell of gas');
  await atStaff.locator('summary').click();
  await atStaff.getByLabel('Assigned to').selectOption('staff1');
  await issueOf(student, 'Smell of gas').getByText('Assigned to staff1').waitFor();
  expect(await maintenance.getByText('Assigned: Smell of gas').count()).toBe(0);
  await facilities.getByText('Assigned: Smell of gas').waitFor();
  await first.picture('campus-320');
  await second.picture('campus-staff');
  await atStaff.getByLabel('What was done').fill('Valve closed.');
  await atStaff.getByRole('button', { name: 'Resolve' }).click();
  await atStaff.waitFor({ state: 'detached' });
  await student.getByText('Resolved: Smell of gas').waitFor();

  await facilities.getByLabel('Show').selectOption('all');
  const atAdmin = issueOf(facilities, 'Smell of gas');
  await atAdmin.locator('summary').click();
  await atAdmin.getByText('Valve closed.').waitFor();
  facilities.on('dialog', (dialog) => void dialog.accept());
  await atAdmin.getByRole('button', { name: 'Delete' }).click();
  await atAdmin.waitFor({ state: 'detached' });
  await student.getByText('Deleted: Smell of gas').waitFor();
  expect([...first.faults, ...second.faults, ...third.faults]).toEqual([]);
}, 90_000);

test('a reporter is offered no more than a reporter may do', async () => {
  await using tab = await openTab(`${service.url}/campus`, { as: reporter });
  const row = issueOf(tab.page, 'Water on the stairs');
  await row.locator('summary').click();
  await row.getByLabel('Severity').waitFor();
  for (const name of ['Resolve', 'Delete', 'Begin work']) {
    expect(await row.getByRole('button', { name }).count()).toBe(0);
  }
  expect(await row.getByLabel('Assigned to').count()).toBe(0);
  expect(await tab.page.getByText('Loose railing at the pier').count()).toBe(0);
}, 60_000);

interface Collection {
  readonly features: Parameters<typeof createHexMap>[0]['cells'];
}

test('the picture of the heatmap has the numbers of the server, and a cell shows its issues alone', async () => {
  await using tab = await openTab(`${service.url}/campus`, { as: staff });
  const { page } = tab;
  const canvas = page.locator('canvas');
  await canvas.waitFor();
  await page.getByRole('list', { name: 'Where it is worst' }).getByRole('listitem').first().waitFor();
  const headers = { 'x-user-id': 'staff1', 'x-role': 'staff', 'x-tenants': 'org123' };
  const ask = async (path: string) => (await fetch(service.url + path, { headers })).json();
  const { features } = (await ask('/api/heatmap?organizationId=org123&format=geojson')) as Collection;
  const { data } = (await ask('/api/places?organizationId=org123')) as { data: Places };
  const footprints = data.campuses
    .flatMap((campus) => [campus, ...campus.buildings])
    .map(({ id, name, footprint }) => ({ id, name, geometry: footprint }));
  const size = await canvas.evaluate(({ clientWidth, clientHeight }) => ({
    width: clientWidth,
    height: clientHeight,
  }));
  const map = createHexMap({ cells: features, footprints, ...size });
  expect(features.length).toBeGreaterThan(1);
  for (const { cell, outlines } of map.cells) {
    const corners = outlines[0]?.slice(1) ?? [];
    const mean = (of: 0 | 1) => corners.reduce((sum, corner) => sum + corner[of], 0) / corners.length;
    // The outline of a campus or a building may run through some of these points, not through most.
    const points = corners.map(([x, y]) => [Math.round((x + mean(0)) / 2), Math.round((y + mean(1)) / 2)]);
    const alphas = await canvas.evaluate((element, places) => {
      const context = (element as HTMLCanvasElement).getContext('2d');
      return places.map(([x = 0, y = 0]) => context?.getImageData(x, y, 1, 1).data[3] ?? -1);
    }, points);
    const alpha = alphas.sort((one, other) => one - other)[Math.floor(alphas.length / 2)] ?? -1;
    expect({ cell: cell.properties.cell, alpha: alpha / 255 }).toEqual({
      cell: cell.properties.cell,
      alpha: expect.closeTo(fillOf(cell.properties.intensity), 1),
    });
  }
  const [heaviest] = map.cells;
  const [[x, y] = [0, 0]] = heaviest?.outlines[0] ?? [];
  const [far = [0, 0]] = heaviest?.outlines[0]?.slice(3) ?? [];
  await canvas.click({ position: { x: (x + far[0]) / 2, y: (y + far[1]) / 2 } });
  await issueOf(page, 'Lamp out in room 204').waitFor({ state: 'detached' });
  await issueOf(page, 'Water on the stairs').waitFor();
  await tab.picture('campus-cell');
  await page.getByRole('button', { name: 'Show everywhere' }).click();
  await issueOf(page, 'Lamp out in room 204').waitFor();
  expect(tab.faults).toEqual([]);
}, 60_000);

interface Place {
  readonly id: string;
  readonly name: string;
  readonly footprint: Collection['features'][number]['geometry'];
}

interface Places {
  readonly campuses: readonly (Place & { readonly buildings: readonly Place[] })[];
}

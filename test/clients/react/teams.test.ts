import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import { createClient } from '../../../clients/web/src/index.ts';
import type { Client } from '../../../clients/web/src/types.ts';
import { seedCampus } from '../../../src/domains/campus/seed.ts';
import { seedClinic } from '../../../src/domains/clinic/seed.ts';
import { seedVenues } from '../../../src/domains/venues/seed.ts';
import { importWithDom } from '../../support/browser/dom-bundle.ts';
import { openTestDatabase } from '../../support/postgres/database.ts';
import { createTestDatabase } from '../../support/postgres/postgres.ts';
import { startTestService, type TestService } from '../../support/services/service.ts';
import { until } from '../../support/until.ts';

const domains = ['campus', 'clinic', 'venues'];
let service: TestService;
beforeAll(async () => {
  const database = await createTestDatabase({ domains });
  await using connection = await openTestDatabase(database.url);
  for (const seed of [seedCampus, seedClinic, seedVenues]) await seed(connection.db);
  const env = { DOMAINS: domains.join(), LIMIT_SOCKETS_PER_USER: '100' };
  service = await startTestService({ database, env });
});
afterAll(() => service[Symbol.asyncDispose]());

const as = (userId: string, role: string, tenants?: string) => ({
  'x-user-id': userId,
  'x-role': role,
  ...(tenants !== undefined && { 'x-tenants': tenants }),
});
const owner = as('owner-1', 'owner');

async function write(
  method: string,
  path: string,
  body: object,
  who: Record<string, string> = {},
): Promise<void> {
  const response = await fetch(service.url + path, {
    method,
    headers: { 'content-type': 'application/json', ...who },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${method} ${path}: ${await response.text()}`);
}

const venueId = 'venue-123';
const versions = {
  'React 18': { react: 'react-18', 'react-dom': 'react-dom-18' },
  'React 19': {},
};
const path = join(import.meta.dir, 'team-pages.ts');

for (const [version, aliases] of Object.entries(versions)) {
  const pages = await importWithDom<typeof import('./team-pages.ts')>(path, aliases);

  describe(`with ${version}`, () => {
    test('the hooks of the venues tell of a venue, its vibe checks, promotions and the notifications of the user', async () => {
      const told: string[] = [];
      let venues: Client | undefined;
      using page = pages.showVenues({
        url: service.url,
        venueId,
        tell: (what) => told.push(what),
        take: (client) => {
          venues = client;
        },
      });
      await until(() => page.text() === 'Connected');
      const channels = ['venue_updates', 'venue:venue-123', 'vibe_checks:venue-123', 'promotions:venue-123'];
      for (const name of [...channels, 'venue_notifications'])
        await until(() => venues?.channel(name).state.status === 'subscribed');
      await write('PATCH', `/api/venues/${venueId}`, { description: `by ${version}` }, owner);
      await write('POST', `/api/venues/${venueId}/vibe-checks`, { rating: 4 }, as('user-9', 'user'));
      await write(
        'POST',
        `/api/venues/${venueId}/promotions`,
        { title: 'Two for one', endDate: '2100-01-01T00:00:00Z' },
        owner,
      );
      const notification = { title: 'Venue Updated', message: 'The venue has been updated' };
      await write('POST', '/api/websocket', { action: 'notify', userId: 'user-123', data: notification });
      await until(() => told.length === 5);
      expect(told.sort()).toEqual([
        'The Blue Door is active',
        'notified of Venue Updated',
        'only venue-123',
        'promotion Two for one',
        'rated 4',
      ]);
    });

    test('the hook of the phones polls at the address of the API while there is no socket', async () => {
      const told: string[] = [];
      using page = pages.showPhone({ url: service.url, venueId, tell: (what) => told.push(what) });
      await until(() => page.text() === 'Connected');
      await until(async () => {
        await write('PATCH', `/api/venues/${venueId}`, { description: crypto.randomUUID() }, owner);
        return told.includes('the venue is active');
      });
    });

    test('the hooks of the campus tell of issues by socket and stream, and show the heatmap', async () => {
      const told: string[] = [];
      using page = pages.showCampus({ url: service.url, tell: (what) => told.push(what) });
      await until(() => page.text() === 'true true true');
      // Once by the socket and once by the stream, as soon as both are there.
      await until(async () => {
        const title = crypto.randomUUID();
        const issue = { title, campusId: 'campus123', severity: 'high' };
        await write('POST', '/api/issues', issue, as('student1', 'reporter', 'org123'));
        return told.some((what, n) => what.startsWith('created ') && told.indexOf(what) < n);
      });
      expect(told).toContain('initial list');
    });

    test('the lobby of the clinic and the inbox of a person are those of the server', async () => {
      const frames: { type: string; channels?: { channel: string }[] }[] = [];
      using page = pages.showDesk({ url: service.url, sent: (frame) => frames.push(JSON.parse(frame)) });
      const asha = createClient(service.url, { identity: { userId: 'asha1', role: 'asha' } });
      asha.channel('clinic_lobby').subscribe(() => undefined);
      asha.connect();
      await until(() => page.text().startsWith('asha1,user-123 | '));
      const title = `Inbox of ${version}`;
      await write('POST', '/api/websocket', {
        action: 'notify',
        userId: 'user-123',
        data: { title, message: 'm' },
      });
      await until(() => page.text().includes(`${title}*`));
      await write('POST', '/api/notifications/read', {}, as('user-123', 'user'));
      await until(
        () => page.text().endsWith(' | 0') && page.text().includes(title) && !page.text().includes('*'),
      );
      asha.close();
      // StrictMode mounted all of it twice.
      const asked = frames
        .filter(({ type }) => type === 'subscribe')
        .flatMap(({ channels = [] }) => channels);
      expect(asked.map(({ channel }) => channel).sort()).toEqual(['clinic_lobby', 'venue_notifications']);
      expect(frames.filter(({ type }) => type === 'unsubscribe')).toEqual([]);
    });
  });
}

test('the socket store of the portals tells of a case whose status changes', async () => {
  const store = await importWithDom<typeof import('../../../clients/web/src/svelte/socket-store.ts')>(
    join(import.meta.dir, '../../../clients/web/src/svelte/socket-store.ts'),
  );
  const updates: object[] = [];
  const states: boolean[] = [];
  const stopReading = store.connected.subscribe((isConnected) => states.push(isConnected));
  const stop = store.onCaseStatusUpdate((update) => updates.push(update));
  store.connectSocket({ url: service.url, role: 'clinician' });
  await until(() => states.at(-1) === true);
  await until(async () => {
    const { body } = await service.get('/api/websocket');
    return (body as { activeChannels: readonly string[] }).activeChannels.includes('clinic_cases');
  });
  await write(
    'POST',
    '/api/cases/update-status',
    { caseId: 'CASE-2', status: 'IN_REVIEW' },
    as('dr-cruz', 'clinician'),
  );
  await until(() => updates.length === 1);
  expect(updates).toMatchObject([{ caseId: 'CASE-2', status: 'IN_REVIEW', updatedBy: 'dr-cruz' }]);
  stop();
  store.disconnectSocket();
  expect(states.at(-1)).toBeFalse();
  stopReading();
});

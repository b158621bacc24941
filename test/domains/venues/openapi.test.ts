import { test } from 'bun:test';
import { type Call, type Example, muteAll, mutes } from '../../gateways/documents/openapi-examples.ts';
import { expectDocumented } from '../../support/documents/documented-answers.ts';
import { jwtMode } from '../../support/services/service.ts';
import { startVenues } from './support.ts';

const guest = { user: 'user-123', role: 'user' };
const owner = { user: 'owner-1', role: 'owner' };
const admin = { user: 'boss', role: 'admin' };
const endDate = '2099-01-01T00:00:00Z';
const venue = '/api/venues/venue-123';
const nowhere = '/api/venues/nowhere';
const odd = '/api/venues/%20';
const tooLong = 'x'.repeat(201);
const notification = { id: 'n', title: 't', message: 'm' };
const notify = { action: 'notify', userId: 'user-123', data: notification };

/** For each route, requests that bring about every status it is said to answer, but those that all refuse alike. */
const examples: Readonly<Record<string, readonly Example[]>> = {
  'GET /api/venues': [(call) => call('/api/venues', guest), (call) => call('/api/venues?limit=0', guest)],
  'POST /api/venues': [
    ...twice((call) => call('/api/venues', { ...owner, body: { id: 'new', name: 'n' } })),
    (call) => call('/api/venues', { ...guest, body: { name: 'n' } }),
    (call) => call('/api/venues', { ...admin, body: { name: 'n', ownerId: 'nobody' } }),
  ],
  'GET /api/venues/{id}': [venue, nowhere, odd].map((path) => (call) => call(path, guest)),
  'PATCH /api/venues/{id}': [
    (call) => call(venue, { ...owner, body: { name: 'n' } }),
    (call) => call(venue, { ...guest, body: { name: 'n' } }),
    (call) => call(nowhere, { ...owner, body: { name: 'n' } }),
  ],
  'POST /api/venues/{id}/vibe-checks': [
    ...twice((call) => call(`${venue}/vibe-checks`, { ...guest, body: { id: 'v', rating: 1 } })),
    (call) => call(`${nowhere}/vibe-checks`, { ...guest, body: { rating: 1 } }),
    (call) => call(`${venue}/vibe-checks`, { ...guest, body: { rating: 1, excludeUserId: 'x' } }),
  ],
  'POST /api/venues/{id}/promotions': [
    ...twice((call) => call(`${venue}/promotions`, { ...owner, body: { id: 'p', title: 't', endDate } })),
    (call) => call(`${venue}/promotions`, { ...guest, body: { title: 't', endDate } }),
    (call) => call(`${nowhere}/promotions`, { ...owner, body: { title: 't', endDate } }),
  ],
  'PATCH /api/venues/{id}/promotions/{promotionId}': [
    (call) => call(`${venue}/promotions/promotion-1`, { ...owner, body: { title: 't' } }),
    (call) => call(`${venue}/promotions/promotion-1`, { ...guest, body: { title: 't' } }),
    (call) => call(`${venue}/promotions/none`, { ...owner, body: { title: 't' } }),
  ],
  'DELETE /api/venues/{id}/vibe-checks/{checkId}': [
    (call) => call(`${venue}/vibe-checks/v`, { user: 'user-456', role: 'user' }),
    (call) => call(`${venue}/vibe-checks/v`, guest),
    (call) => call(`${venue}/vibe-checks/v`, guest),
    (call) => call(`${venue}/vibe-checks/%20`, guest),
  ],
  'DELETE /api/venues/{id}/promotions/{promotionId}': [
    (call) => call(`${venue}/promotions/p`, guest),
    (call) => call(`${venue}/promotions/p`, owner),
    (call) => call(`${venue}/promotions/p`, owner),
  ],
  'DELETE /api/venues/{id}': [
    (call) => call('/api/venues/new', guest),
    (call) => call('/api/venues/new', owner),
    (call) => call('/api/venues/new', owner),
  ],
  'GET /api/notifications/inbox': [
    (call) => call('/api/notifications/inbox?limit=0'),
    (call) => call('/api/notifications/inbox', guest),
  ],
  'GET /api/websocket': [admin, guest].map((who) => (call) => call('/api/websocket', who)),
  'POST /api/websocket': [
    ...twice((call) => call('/api/websocket', { ...admin, body: notify })),
    (call) => call('/api/websocket', { ...guest, body: notify }),
    (call) =>
      call('/api/websocket', {
        ...admin,
        body: { ...notify, userId: 'nobody', data: { title: 't', message: 'm' } },
      }),
  ],
  'GET /api/venues/updates': polls('/api/venues/updates'),
  'GET /api/venues/{id}/updates': polls(`${venue}/updates`, `${nowhere}/updates`),
  'GET /api/venues/{id}/vibe-checks': polls(`${venue}/vibe-checks`, `${nowhere}/vibe-checks`),
  'GET /api/venues/{id}/promotions': polls(`${venue}/promotions`, `${nowhere}/promotions`),
  'GET /api/notifications': polls('/api/notifications'),
  'POST /api/notifications/read': [
    (call) => call('/api/notifications/read', guest),
    (call) => call('/api/notifications/read?strange=1', guest),
  ],
  'POST /api/notifications/{id}/read': [
    (call) => call('/api/notifications/noted/read', guest),
    (call) => call('/api/notifications/none/read', guest),
    (call) => call(`/api/notifications/${tooLong}/read`, guest),
  ],
  'DELETE /api/notifications/{id}': [
    (call) => call('/api/notifications/noted', guest),
    (call) => call('/api/notifications/noted', guest),
    (call) => call(`/api/notifications/${tooLong}`, guest),
  ],
  ...mutes('/api/notifications'),
};

/** Everybody may read, and do what they like with their own: nobody is forbidden to, whatever a route of the kind can answer. */
const isOpen = (route: string) => /^GET (?!\/api\/websocket)| \/api\/notifications/.test(route);

test('whatever is answered is what the document says, for every route of venues and every status it has', async () => {
  await using service = await startVenues(jwtMode);
  await service.database.query(muteAll, [['venue_notifications']]);
  await service.database.query(`insert into venues.notifications (id, user_id, type, title, message, data)
    values ('noted', 'user-123', 'g', 't', 'm', '{}')`);
  await expectDocumented(service, {
    of: / \/api\/(venues|notifications|websocket)/,
    examples,
    forbidsNobody: isOpen,
  });
});

function twice(example: Example): Example[] {
  return [example, example];
}

function polls(known: string, unknown?: string): Example[] {
  return [
    (call) => call(known, guest),
    (call) => call(`${known}?since=x`, guest),
    async (call) => {
      const { headers } = await call(known, guest);
      return call(known, { ...guest, headers: { 'if-none-match': headers.get('etag') ?? '' } });
    },
    ...(unknown ? [(call: Call) => call(unknown, guest)] : []),
  ];
}

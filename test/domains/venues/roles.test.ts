import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { jwtMode, makeToken, serviceKey } from '../../support/services/service.ts';
import { joinAs } from '../../support/services/session.ts';
import { startVenues, type Venues } from './support.ts';

let service: Venues;
beforeAll(async () => {
  service = await startVenues();
});
afterAll(() => service?.[Symbol.asyncDispose]());

const guest = 'user-123';
const owner = 'owner-1/owner';
const other = 'owner-2/owner';
const admin = 'boss/admin';
const venue = '/api/venues/venue-123';
const endDate = '2099-01-01T00:00:00Z';

interface Row {
  readonly what: string;
  readonly path: string;
  readonly body: object;
  readonly method?: string;
  /** Status by caller. */
  readonly answers: Readonly<Record<string, number>>;
}

const rows: readonly Row[] = [
  {
    what: 'add a venue',
    path: '/api/venues',
    body: { name: 'New' },
    answers: { [guest]: 403, [owner]: 200, [other]: 200, [admin]: 200 },
  },
  {
    what: 'add a venue for somebody else',
    path: '/api/venues',
    body: { name: 'New', ownerId: 'owner-2' },
    answers: { [guest]: 403, [owner]: 403, [other]: 200, [admin]: 200 },
  },
  {
    what: 'change a venue',
    path: venue,
    method: 'PATCH',
    body: { description: 'New' },
    answers: { [guest]: 403, [owner]: 200, [other]: 403, [admin]: 200, 'owner-1/user': 403 },
  },
  {
    what: 'say how full a venue is',
    path: `${venue}/vibe-checks`,
    body: { rating: 3 },
    answers: { [guest]: 200, [owner]: 200, [other]: 200 },
  },
  {
    what: 'add a promotion',
    path: `${venue}/promotions`,
    body: { title: 'New', endDate },
    answers: { [guest]: 403, [owner]: 200, [other]: 403, [admin]: 200 },
  },
  {
    what: 'change a promotion',
    path: `${venue}/promotions/promotion-1`,
    method: 'PATCH',
    body: { title: 'New' },
    answers: { [guest]: 403, [owner]: 200, [other]: 403, [admin]: 200 },
  },
  {
    what: 'broadcast',
    path: '/api/websocket',
    body: { action: 'broadcast', channel: 'venue_updates', data: {} },
    answers: { [guest]: 403, [owner]: 403, [admin]: 200 },
  },
  {
    what: 'notify',
    path: '/api/websocket',
    body: { action: 'notify', userId: 'user-456', data: { title: 't', message: 'm' } },
    answers: { [guest]: 403, [owner]: 403, [admin]: 200 },
  },
  {
    what: 'keep an update from themselves',
    path: `${venue}/vibe-checks`,
    body: { rating: 3, excludeUserId: 'user-123' },
    answers: { [guest]: 200, [owner]: 403, [admin]: 200 },
  },
];

describe('who may', () => {
  for (const { what, path, body, method = 'POST', answers } of rows) {
    test(what, async () => {
      for (const [who, status] of Object.entries(answers)) {
        expect({ who, status: (await service.call(who, path, body, method)).status }).toEqual({
          who,
          status,
        });
      }
    });
  }

  test('see the status of the sockets', async () => {
    for (const [who, status] of [
      [guest, 403],
      [owner, 403],
      [admin, 200],
    ] as const) {
      expect((await service.call(who, '/api/websocket')).status).toBe(status);
    }
  });

  test('read: everybody who is identified, and of the notifications each their own', async () => {
    await using client = await joinAs(service, { userId: 'stranger' }, [
      'venue_updates',
      'venue:venue-123',
      'vibe_checks:venue-123',
      'promotions:venue-123',
      'venue_notifications',
    ]);
    client.send({ type: 'subscribe', channel: 'venue_notifications:user-123' });
    expect(await client.next('error')).toMatchObject({ code: 'unknown_channel' });
    client.send({ type: 'subscribe', channel: 'venue:nowhere' });
    expect(await client.next('error')).toMatchObject({ code: 'unknown_channel' });
    client.send({ type: 'publish', channel: 'venue_updates', publicationType: 'venue_update', data: {} });
    expect(await client.next('error')).toMatchObject({ code: 'forbidden' });
  });
});

test('names that are made up leave no channel in the log', async () => {
  const names = await service.database.query<{ name: string }>(
    "select name from realtime_channels where name like 'venue:nowhere%'",
  );
  expect(names).toEqual([]);
});

const nested = (levels: number): object => (levels === 0 ? {} : { a: nested(levels - 1) });

const refused: readonly [what: string, path: string, body: object, status: number, code: string][] = [
  ['a venue there is not', '/api/venues/nowhere/vibe-checks', { rating: 1 }, 404, 'not_found'],
  ['an id that is taken', '/api/venues', { id: 'venue-123', name: 'Again' }, 409, 'conflict'],
  ['an id that is an address', '/api/venues', { id: 'updates', name: 'U' }, 422, 'validation_failed'],
  ['an id that is no segment', '/api/venues', { id: 'a:b', name: 'U' }, 422, 'validation_failed'],
  ['an owner there is not', '/api/venues', { name: 'U', ownerId: 'nobody' }, 404, 'not_found'],
  ['a rating of 6', `${venue}/vibe-checks`, { rating: 6 }, 422, 'validation_failed'],
  ['a sign Postgres has not', '/api/venues', { name: 'a\u0000b' }, 422, 'validation_failed'],
  ['a promotion without an end', `${venue}/promotions`, { title: 't' }, 422, 'validation_failed'],
  [
    'a promotion at no time',
    `${venue}/promotions`,
    { title: 't', endDate: 'soon' },
    422,
    'validation_failed',
  ],
  [
    'a promotion that ends before it starts',
    `${venue}/promotions`,
    { title: 't', startDate: '2030-01-01T00:00:00Z', endDate: '2029-01-01T00:00:00Z' },
    422,
    'validation_failed',
  ],
  [
    'a time beyond Postgres',
    `${venue}/promotions`,
    { title: 't', endDate: '0000-01-01T00:00:00Z' },
    422,
    'validation_failed',
  ],
  ['no action', '/api/websocket', { action: 'shout' }, 422, 'validation_failed'],
  [
    'a broadcast to a channel there is not',
    '/api/websocket',
    { action: 'broadcast', channel: 'moon', data: {} },
    404,
    'unknown_channel',
  ],
  [
    'a broadcast to a venue there is not',
    '/api/websocket',
    { action: 'broadcast', channel: 'venue:nowhere', data: {} },
    404,
    'unknown_channel',
  ],
  [
    'a broadcast to what is personal',
    '/api/websocket',
    { action: 'broadcast', channel: 'venue_notifications', data: {} },
    404,
    'unknown_channel',
  ],
  [
    'a notification to a user there is not',
    '/api/websocket',
    { action: 'notify', userId: 'nobody', data: { title: 't', message: 'm' } },
    404,
    'not_found',
  ],
  [
    'a broadcast that is too large',
    '/api/websocket',
    { action: 'broadcast', channel: 'venue_updates', data: { x: 'x'.repeat(140_000) } },
    413,
    'payload_too_large',
  ],
  [
    'a notification with data that is nested too deep',
    '/api/websocket',
    { action: 'notify', userId: guest, data: { title: 't', message: 'm', data: nested(64) } },
    413,
    'payload_too_large',
  ],
];

test.each(refused)('%s is refused', async (_what, path, body, status, code) => {
  expect(await service.call(admin, path, body)).toMatchObject({ status, body: { code } });
});

test('nobody checks in where it is closed', async () => {
  const status = (to: string) => service.call(other, '/api/venues/venue-456', { status: to }, 'PATCH');
  const check = () => service.call(guest, '/api/venues/venue-456/vibe-checks', { rating: 1 });
  await status('inactive');
  expect(await check()).toMatchObject({ status: 409, body: { code: 'conflict' } });
  await status('active');
  expect(await check()).toMatchObject({ status: 200 });
});

test('a promotion belongs to its venue, a change needs something, and a missing one is 404', async () => {
  const change = (path: string, body: object) => service.call(admin, path, body, 'PATCH');
  const elsewhere = '/api/venues/venue-456/promotions/promotion-1';
  expect(await change(elsewhere, { title: 't' })).toMatchObject({ status: 404, body: { code: 'not_found' } });
  expect(await change(`${venue}/promotions/none`, { title: 't' })).toMatchObject({ status: 404 });
  expect(await change('/api/venues/none', { name: 't' })).toMatchObject({ status: 404 });
  expect(await change(venue, {})).toMatchObject({ status: 422 });
  expect(await service.call(guest, '/api/venues/none')).toMatchObject({ status: 404 });
});

test('with tokens, the service key does what administrators do, and nobody is turned away', async () => {
  await using strict = await startVenues(jwtMode);
  const change = { action: 'broadcast', channel: 'venue_updates', data: {} };
  expect(await strict.post('/api/websocket', change)).toMatchObject({ status: 401 });
  expect(await strict.get('/api/venues')).toMatchObject({ status: 401 });
  expect(await strict.get('/api/venues/updates')).toMatchObject({ status: 401 });
  const byKey = await strict.post('/api/websocket', change, { 'x-api-key': serviceKey });
  expect(byKey).toMatchObject({ status: 200, body: { offset: 1 } });
  const check = await strict.post(`${venue}/vibe-checks`, { rating: 2 }, { 'x-api-key': serviceKey });
  expect(check.body).toMatchObject({ data: { userId: null } });
  const asOwner = { authorization: `Bearer ${await makeToken({ user: 'owner-1', role: 'owner' })}` };
  const added = await strict.post('/api/venues', { name: 'By token' }, asOwner);
  expect(added.body).toMatchObject({ data: { ownerId: 'owner-1', updatedBy: 'owner-1' } });
});

import { afterAll, beforeAll, expect, test } from 'bun:test';
import { connect } from '../../support/clients/ws-client.ts';
import { startVenues, type Venues } from './support.ts';

/** Every request of the team's document as it prints it, against a fresh start, and what is answered. */

let service: Venues;
beforeAll(async () => {
  service = await startVenues();
});
afterAll(() => service?.[Symbol.asyncDispose]());

const timestamp = '2024-01-01T00:00:00.000Z';
const venueId = 'venue-123';

test.each([
  `/api/venues/updates?since=${timestamp}`,
  `/api/venues/${venueId}/vibe-checks?since=${timestamp}`,
  `/api/venues/${venueId}/promotions?since=${timestamp}`,
  `/api/notifications?since=${timestamp}`,
])('GET %s returns an array', async (address) => {
  expect(await service.get(address)).toMatchObject({ status: 200, body: [] });
});

test('GET /api/venues/{venueId}/updates returns one row or null', async () => {
  const address = `/api/venues/${venueId}/updates?since=${timestamp}`;
  expect(await service.get(address)).toMatchObject({ status: 200, body: null });
});

test('GET /api/websocket answers the status', async () => {
  await using fresh = await startVenues();
  expect(await fresh.get('/api/websocket')).toMatchObject({
    status: 200,
    body: { success: true, status: 'running', connectedClients: 0, subscriptions: 0, activeChannels: [] },
  });
});

test('a client at /ws subscribes to each of the channels, and is answered', async () => {
  await using client = await connect(`${service.teamSocketUrl}?userId=user-123`);
  expect(await client.next()).toMatchObject({ type: 'connected' });
  expect(await client.next()).toMatchObject({ type: 'authenticated', userId: 'user-123' });
  expect(await client.next()).toMatchObject({ type: 'subscribed', channel: 'venue_notifications' });
  for (const channel of [
    'venue_updates',
    `venue:${venueId}`,
    `vibe_checks:${venueId}`,
    `promotions:${venueId}`,
  ]) {
    client.send({ type: 'subscribe', channel });
    expect(await client.next()).toMatchObject({ type: 'subscribed', channel });
    client.send({ type: 'unsubscribe', channel });
    expect(await client.next()).toMatchObject({ type: 'unsubscribed', channel });
  }
  client.send({ type: 'ping' });
  expect(await client.next()).toMatchObject({ type: 'pong' });
});

test('POST /api/websocket broadcasts to a channel', async () => {
  await using fresh = await startVenues();
  await using client = await connect(`${fresh.teamSocketUrl}?userId=user-123`);
  client.send({ type: 'subscribe', channel: 'venue_updates' });
  for (const _ of [1, 2]) await client.next('subscribed');
  const data = {
    id: venueId,
    name: 'The Blue Door',
    description: 'Jazz and slow drinks',
    status: 'active',
    updatedAt: timestamp,
    updatedBy: 'user-123',
  };
  const answer = await fresh.post('/api/websocket', {
    action: 'broadcast',
    channel: 'venue_updates',
    data,
  });
  expect(answer).toMatchObject({
    status: 200,
    body: { success: true, channel: 'venue_updates', offset: 1, delivered: 1 },
  });
  expect(await client.next('broadcast')).toEqual({
    type: 'broadcast',
    event: 'venue_update',
    channel: 'venue_updates',
    data,
    timestamp: expect.any(String),
    offset: 1,
    id: expect.any(String),
  });
  const polled = await fresh.get(`/api/venues/updates?since=${timestamp}`);
  expect(polled.body).toMatchObject([data]);
});

test('POST /api/websocket notifies a user, who need not subscribe', async () => {
  await using client = await connect(`${service.teamSocketUrl}?userId=user-123`);
  await using stranger = await connect(`${service.teamSocketUrl}?userId=user-456`);
  for (const each of [client, stranger]) await each.next('subscribed');
  const data = {
    id: crypto.randomUUID(),
    type: 'venue_update',
    title: 'Venue Updated',
    message: 'The Blue Door has been updated',
    data: { venueId },
    createdAt: new Date().toISOString(),
  };
  const answer = await service.post('/api/websocket', { action: 'notify', userId: 'user-123', data });
  expect(answer).toMatchObject({
    status: 200,
    body: { success: true, channel: 'venue_notifications', offset: 1, delivered: 1 },
  });
  const stored = { ...data, userId: 'user-123', createdAt: expect.any(String) };
  expect(await client.next('notification')).toMatchObject({ type: 'notification', data: stored, offset: 1 });
  expect((await service.call('user-123', `/api/notifications?since=${timestamp}`)).body).toMatchObject([
    stored,
  ]);
  expect((await service.call('user-123', '/api/notifications/inbox')).body).toMatchObject({ data: [stored] });
  stranger.send({ type: 'ping' });
  await stranger.next('pong');
  expect(stranger.all('notification')).toEqual([]);
});

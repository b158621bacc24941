import { expect, test } from 'bun:test';
import { joinAs, settle } from '../../support/services/session.ts';
import { startVenues } from './support.ts';

const owner = 'owner-1/owner';
const instant = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);

test('a changed venue is published as its row, to all venues and to its own channel', async () => {
  await using service = await startVenues();
  await using client = await joinAs(service, { userId: 'user-123' }, ['venue_updates', 'venue:venue-123']);
  const change = { name: 'The Bluer Door', status: 'inactive' };
  const answer = await service.call(owner, '/api/venues/venue-123', change, 'PATCH');
  const data = {
    id: 'venue-123',
    ...change,
    description: 'Jazz and slow drinks',
    address: '12 Canal Street',
    ownerId: 'owner-1',
    createdAt: instant,
    updatedAt: instant,
    updatedBy: 'owner-1',
  };
  expect(answer).toMatchObject({
    status: 200,
    body: { success: true, channel: 'venue_updates', offset: 1, delivered: 2, data },
  });
  const received = [await client.next('venue_update'), await client.next('venue_update')];
  expect(received.map(({ channel }) => channel).sort()).toEqual(['venue:venue-123', 'venue_updates']);
  for (const frame of received) {
    expect(frame).toMatchObject({ type: 'venue_update', eventType: 'status_changed', offset: 1 });
    expect(frame['data']).toEqual((answer.body as { data: object }).data);
    expect(frame['data']).toEqual(data);
  }
});

test('a new venue, a vibe check and a promotion have their types and channels', async () => {
  await using service = await startVenues();
  await using client = await joinAs(service, { userId: 'user-123' }, [
    'venue_updates',
    'vibe_checks:venue-456',
    'promotions:venue-456',
  ]);
  await service.call(owner, '/api/venues', { id: 'cellar', name: 'The Cellar' });
  expect(await client.next('venue_update')).toMatchObject({
    eventType: 'created',
    data: { id: 'cellar', name: 'The Cellar', status: 'active', ownerId: 'owner-1', description: '' },
  });
  await service.call('user-123', '/api/venues/venue-456/vibe-checks', { rating: 5, comment: 'Full.' });
  expect(await client.next('vibe_check')).toMatchObject({
    channel: 'vibe_checks:venue-456',
    eventType: 'created',
    data: { venueId: 'venue-456', userId: 'user-123', rating: 5, comment: 'Full.', createdAt: instant },
  });
  const promotion = { title: 'Free entry', endDate: '2099-01-01T00:00:00+02:00' };
  const { body } = await service.call('owner-2/owner', '/api/venues/venue-456/promotions', promotion);
  expect(await client.next('promotion')).toMatchObject({
    channel: 'promotions:venue-456',
    eventType: 'created',
    data: { venueId: 'venue-456', title: 'Free entry', endDate: '2098-12-31T22:00:00.000Z' },
  });
  const { id } = (body as { data: { id: string } }).data;
  const path = `/api/venues/venue-456/promotions/${id}`;
  await service.call('boss/admin', path, { description: 'Before ten.' }, 'PATCH');
  expect(await client.next('promotion')).toMatchObject({
    eventType: 'updated',
    data: { id, description: 'Before ten.', updatedBy: 'boss' },
  });
});

test('whoever is excluded does not hear of it, on any device, live, in recovery or in a poll', async () => {
  await using service = await startVenues();
  const identity = { userId: 'owner-1', role: 'owner' };
  await using author = await joinAs(service, identity, ['venue:venue-123']);
  await using guest = await joinAs(service, { userId: 'user-123' }, ['venue:venue-123']);
  const position = author.all('subscribed')[0]?.['position'];
  const write = (body: object) => service.call(owner, '/api/venues/venue-123', body, 'PATCH');
  expect(await write({ name: 'A', excludeUserId: 'owner-1' })).toMatchObject({ status: 200 });
  await write({ name: 'B' });
  const names = (frames: readonly object[]) =>
    frames.map((frame) => (frame as { data: { name: string } }).data.name);
  await settle(author);
  await settle(guest);
  expect(names(guest.all('venue_update'))).toEqual(['A', 'B']);
  expect(names(author.all('venue_update'))).toEqual(['B']);

  await using back = await joinAs(service, identity);
  back.send({ type: 'subscribe', channel: 'venue:venue-123', since: position });
  await settle(back);
  expect(names(back.all('venue_update'))).toEqual(['B']);

  const path = '/api/venues/updates';
  const polled = async (who: string, query: string) =>
    ((await service.call(who, path + query)).body as { name: string }[]).map(({ name }) => name);
  const everywhere = (await service.call('user-123', path)).headers.get('x-position')?.replace(/\d+$/, '0');
  for (const query of ['', `?since=${everywhere}`, '?since=2020-01-01T00:00:00Z']) {
    expect(await polled(owner, query)).toEqual(['B']);
    expect(await polled('user-123', query)).toEqual(['A', 'B']);
  }
});

test('what fails is neither stored nor published', async () => {
  await using service = await startVenues();
  const big = { id: 'big', name: 'Big', description: 'x'.repeat(10_001) };
  expect(await service.call(owner, '/api/venues', big)).toMatchObject({ status: 422 });
  const promotion = {
    title: 'Backwards',
    startDate: '2030-01-02T00:00:00Z',
    endDate: '2030-01-01T00:00:00Z',
  };
  await service.call(owner, '/api/venues/venue-123/promotions', promotion);
  await service.call(owner, '/api/venues', { id: 'venue-456', name: 'Mine now' });
  const [counts] = await service.database.query(
    `select (select count(*)::int from venues.venues) as venues,
      (select count(*)::int from venues.promotions) as promotions,
      (select count(*)::int from realtime_publications) as publications`,
  );
  expect(counts).toEqual({ venues: 2, promotions: 1, publications: 0 });
});

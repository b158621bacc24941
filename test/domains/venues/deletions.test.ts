import { afterAll, beforeAll, expect, test } from 'bun:test';
import { PostgresEventLog } from '../../../src/db/log/event-log.ts';
import { Publisher } from '../../../src/db/publisher.ts';
import { publishDue } from '../../../src/domains/venues/services/promotion-schedule-service.ts';
import { fastClock } from '../../support/fast-clock.ts';
import { hold } from '../../support/postgres/row-lock.ts';
import { createEngine } from '../../support/services/engine.ts';
import { joinAs, settle } from '../../support/services/session.ts';
import { startVenues, type Venues } from './support.ts';

const venue = '/api/venues/venue-123';
const owner = 'owner-1/owner';
const guest = { userId: 'user-123' };

let service: Venues;
beforeAll(async () => {
  // Beginnings and ends are looked for every few seconds.
  service = await startVenues({}, { clock: fastClock(10) });
});
afterAll(() => service[Symbol.asyncDispose]());

test('a vibe check is taken back by its author, the owner or an admin, and readers hear of it', async () => {
  await using reader = await joinAs(service, guest, ['vibe_checks:venue-123']);
  for (const who of ['user-456', owner, 'boss/admin']) {
    const { body } = await service.call('user-456', `${venue}/vibe-checks`, { rating: 2 });
    const { id } = (body as { data: { id: string } }).data;
    expect((await service.call('user-789', `${venue}/vibe-checks/${id}`, undefined, 'DELETE')).status).toBe(
      403,
    );
    const deleted = await service.call(who, `${venue}/vibe-checks/${id}`, undefined, 'DELETE');
    expect(deleted).toMatchObject({ status: 200, body: { data: { id }, position: expect.any(String) } });
    expect(await reader.next('vibe_check')).toMatchObject({ eventType: 'created' });
    expect(await reader.next('vibe_check')).toMatchObject({ eventType: 'deleted', data: { id } });
    expect((await service.call(who, `${venue}/vibe-checks/${id}`, undefined, 'DELETE')).status).toBe(404);
  }
});

test('the earlier names of fields are taken, the present ones published', async () => {
  const check = await service.call('user-456', `${venue}/vibe-checks`, { busyness: 4 });
  expect(check).toMatchObject({ status: 200, body: { data: { rating: 4 } } });
  expect(check.body).not.toHaveProperty('data.busyness');
  const old = { title: 'Old', startsAt: '2090-01-01T00:00:00Z', endsAt: '2090-02-01T00:00:00Z' };
  expect(await service.call(owner, `${venue}/promotions`, old)).toMatchObject({
    status: 200,
    body: { data: { startDate: '2090-01-01T00:00:00.000Z', endDate: '2090-02-01T00:00:00.000Z' } },
  });
  for (const body of [{ comment: 'no rating' }, { rating: 6 }, { rating: '3' }]) {
    expect((await service.call('user-456', `${venue}/vibe-checks`, body)).status).toBe(422);
  }
  expect((await service.call(owner, `${venue}/promotions`, { title: 'Endless' })).status).toBe(422);
});

test('what begins later is not current, and may be ended before it begins', async () => {
  const startDate = '2091-01-01T00:00:00.000Z';
  const later = { title: 'Later', startDate, endDate: '2092-01-01T00:00:00.000Z' };
  const { body } = await service.call(owner, `${venue}/promotions`, later);
  const { id } = (body as { data: { id: string } }).data;
  const screen = async () => (await service.get(venue)).body as { data: Record<string, { id: string }[]> };
  const ids = (rows: readonly { id: string }[] = []) => rows.map((row) => row.id);
  const before = await screen();
  expect(ids(before.data['upcoming'])).toContain(id);
  expect(ids(before.data['promotions'])).not.toContain(id);
  const endDate = new Date().toISOString();
  expect(await service.call(owner, `${venue}/promotions/${id}`, { endDate }, 'PATCH')).toMatchObject({
    status: 200,
    body: { data: { startDate: endDate, endDate } },
  });
  const after = await screen();
  for (const list of ['upcoming', 'promotions']) expect(ids(after.data[list])).not.toContain(id);
  const running = { title: 'Now', endDate: '2092-01-01T00:00:00Z' };
  const now = (await service.call(owner, `${venue}/promotions`, running)).body as { data: { id: string } };
  const backwards = { endDate: '2020-01-01T00:00:00Z' };
  expect((await service.call(owner, `${venue}/promotions/${now.data.id}`, backwards, 'PATCH')).status).toBe(
    422,
  );
  expect((await service.call(owner, `${venue}/promotions/${now.data.id}`, undefined, 'DELETE')).status).toBe(
    200,
  );
});

test('a beginning and an end are published once, by whichever process looks first', async () => {
  const period = { startDate: '2093-01-01T00:00:00Z', endDate: '2094-01-01T00:00:00Z' };
  const { body } = await service.call(owner, `${venue}/promotions`, { title: 'Timed', ...period });
  const { id } = (body as { data: { id: string } }).data;
  await using reader = await joinAs(service, guest, ['promotions:venue-123']);
  const move = (column: string, change: string) =>
    service.database.query(
      `update venues.promotions set ${change}, next_change_at = ${column} where id = $1`,
      [id],
    );
  await move('starts_at', `starts_at = now() - interval '1 second'`);
  await move('starts_at', 'title = title');
  expect(await reader.next('promotion')).toMatchObject({
    eventType: 'started',
    data: { id, title: 'Timed', endDate: '2094-01-01T00:00:00.000Z' },
  });
  await move('ends_at', `ends_at = now()`);
  await move('ends_at', 'title = title');
  expect(await reader.next('promotion')).toMatchObject({ eventType: 'expired', data: { id } });
  const { database } = service;
  const log = new PostgresEventLog(database);
  const publisher = new Publisher({ database, log, manager: createEngine({ log }).manager });
  expect(await publishDue(publisher)).toBe(0);
  await settle(reader);
  expect(reader.all('promotion')).toHaveLength(2);
});

test('a person whose token is good is taken up at first sight, and what the application says stays', async () => {
  const usersOf = (id: string) =>
    service.database.query('select name, role from venues.users where id = $1', [id]);
  const written = await service.call('newcomer/guest', `${venue}/vibe-checks`, { rating: 1 });
  expect(written).toMatchObject({ status: 200, body: { data: { userId: 'newcomer' } } });
  expect(await usersOf('newcomer')).toEqual([{ name: 'newcomer', role: 'guest' }]);
  await service.call('user-456/admin', `${venue}/vibe-checks`, { rating: 1 });
  expect(await usersOf('user-456')).toEqual([{ name: 'Jonas', role: null }]);
  await using visitor = await joinAs(service, { userId: 'visitor', role: 'guest' }, ['venue_notifications']);
  const data = { title: 'Welcome', message: 'Hello' };
  // The row of somebody who only connects is written a moment later.
  let told = await service.post('/api/websocket', { action: 'notify', userId: 'visitor', data });
  for (let tries = 0; told.status === 404 && tries < 100; tries += 1) {
    told = await service.post('/api/websocket', { action: 'notify', userId: 'visitor', data });
  }
  expect(told.status).toBe(200);
  expect(await visitor.next('notification')).toMatchObject({ data });
  expect(
    (await service.post('/api/websocket', { action: 'notify', userId: 'never-seen', data })).status,
  ).toBe(404);
});

test('a venue is deleted by its owner with all that belongs to it', async () => {
  await service.call('owner-2/owner', '/api/venues', { id: 'short', name: 'Short' });
  await service.call('user-456', '/api/venues/short/vibe-checks', { rating: 1 });
  await service.call('owner-2/owner', '/api/venues/short/promotions', {
    title: 'x',
    endDate: '2099-01-01T00:00:00Z',
  });
  await using reader = await joinAs(service, guest, ['venue:short', 'venue_updates']);
  const remove = (who: string) => service.call(who, '/api/venues/short', undefined, 'DELETE');
  expect((await remove(owner)).status).toBe(403);
  expect(await remove('owner-2/owner')).toMatchObject({ status: 200, body: { data: { id: 'short' } } });
  for (let n = 0; n < 2; n += 1) {
    expect(await reader.next('venue_update')).toMatchObject({ eventType: 'deleted', data: { id: 'short' } });
  }
  expect((await service.get('/api/venues/short')).status).toBe(404);
  expect((await remove('owner-2/owner')).status).toBe(404);
});

test('a venue is deleted also while a vibe check of it, which the deletion waits for, is committed', async () => {
  await service.call('owner-2/owner', '/api/venues', { id: 'busy', name: 'Busy' });
  await using check = await hold(
    service.database,
    `insert into venues.vibe_checks (venue_id, busyness) values ('busy', 3)`,
  );
  const deleted = service.call('owner-2/owner', '/api/venues/busy', undefined, 'DELETE');
  await check.waiting(1);
  await check.commit();
  expect(await deleted).toMatchObject({ status: 200, body: { data: { id: 'busy' } } });
  expect((await service.get('/api/venues/busy')).status).toBe(404);
});

test('a promotion that is not there, is of another venue, or would end before it starts is not written', async () => {
  const future = { startDate: '2098-01-01T00:00:00Z', endDate: '2099-01-01T00:00:00Z' };
  const { body } = await service.call(owner, `${venue}/promotions`, { title: 'Later', ...future });
  const { id } = (body as { data: { id: string } }).data;
  const change = async (who: string, path: string, fields: object) =>
    (await service.call(who, `/api/venues/${path}`, fields, 'PATCH')).status;
  const one = `venue-123/promotions/${id}`;
  expect(await change('owner-2/owner', one, { title: 'Mine' })).toBe(403);
  expect(await change(owner, 'venue-123/promotions/none', { title: 'x' })).toBe(404);
  expect(await change(owner, `nowhere/promotions/${id}`, { title: 'x' })).toBe(404);
  expect(await change(owner, one, { startDate: future.endDate })).toBe(422);
  const remove = async (who: string, path: string) =>
    (await service.call(who, `/api/venues/${path}`, undefined, 'DELETE')).status;
  expect(await remove('owner-2/owner', one)).toBe(403);
  expect(await remove(owner, 'venue-123/promotions/none')).toBe(404);
  const refused = await service.call('owner-2/owner', `${venue}/promotions`, { title: 'x', ...future });
  expect(refused.status).toBe(403);
  expect(await change(owner, one, { title: 'Still' })).toBe(200);
  expect(await remove(owner, one)).toBe(200);
});

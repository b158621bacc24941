import { expect, test } from 'bun:test';
import { parseConfig } from '../../src/config/config.ts';
import { portFaults } from '../../src/config/file/check-ports.ts';
import { seedSchool } from '../../src/domains/school/seed.ts';
import { packageMethods } from '../../src/extension/delivery-method.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { createMemoryBus } from '../../src/realtime/memory/bus.ts';
import { MemoryEventLog } from '../../src/realtime/memory/event-log.ts';
import { createMemoryPresence } from '../../src/realtime/memory/presence-store.ts';
import { AppError, type Authenticator, type DeliveryMethod, type Principal } from '../../src/tambuli.ts';
import { connect } from '../support/clients/ws-client.ts';
import { openTestDatabase } from '../support/postgres/database.ts';
import { createTestDatabase } from '../support/postgres/postgres.ts';
import { startTestService } from '../support/services/service.ts';
import { until } from '../support/until.ts';
import { shop } from './shop-domain.ts';

/** Knows people by the number of their session in an application of its own. */
const sessions: Authenticator = {
  mode: 'jwt',
  fromFrame: async ({ token }) => personOf(token),
  fromUpgrade: async (request) => {
    const session = new URL(request.url).searchParams.get('token');
    return session === null ? undefined : personOf(session);
  },
  fromRequest: async (request) => personOf(request.headers.get('x-session') ?? undefined),
};

function personOf(session: string | undefined): Principal {
  const userId = session && { 's-1': 'clara', 's-2': '9' }[session];
  if (!userId) throw new AppError('unauthenticated', 'Log in first.');
  return { userId, role: userId === 'clara' ? 'clerk' : 'user', tenants: [], issuedAt: 1 };
}

test('authenticator, broker, log, presence and clock of an application carry a publication over two processes', async () => {
  await using database = await createTestDatabase();
  let reads = 0;
  const clock = {
    ...systemClock,
    now: () => {
      reads++;
      return systemClock.now();
    },
  };
  const eventLog = new MemoryEventLog({ now: clock.now, createEpoch: () => crypto.randomUUID().slice(0, 8) });
  const broker = createMemoryBus();
  const connectPresence = createMemoryPresence({ clock });
  const start = () =>
    startTestService({
      database,
      env: { DOMAINS: '', AUTH_MODE: 'jwt', JWT_SECRET: 'never asked, and of thirty-two bytes at least' },
      extraDomains: [shop],
      ports: { authenticator: sessions, broker, eventLog, presence: connectPresence(), clock },
    });
  await using one = await start();
  await using two = await start();
  await using client = await connect(`${two.socketUrl}?token=s-2`);
  await client.next('authenticated');
  client.send({ type: 'subscribe', channel: 'orders:9' });
  await client.next('subscribed');
  const order = { customerId: '9' };
  expect(await one.post('/shop/orders/4', order)).toMatchObject({ status: 401 });
  expect(await one.post('/shop/orders/4', order, { 'x-session': 's-2' })).toMatchObject({ status: 403 });
  expect(await one.post('/shop/orders/4', order, { 'x-session': 's-1' })).toMatchObject({ status: 200 });
  expect(await client.next('order_update')).toMatchObject({ offset: 1, data: { id: 4 } });
  expect((await eventLog.head('orders:9')).offset).toBe(1);
  const rows = await one.database.query(`select from realtime_publications where channel = 'orders:9'`);
  expect(rows).toEqual([]);
  expect(reads).toBeGreaterThan(0);
});

test('a withdrawn identity is refused whatever the authenticator says', async () => {
  await using database = await createTestDatabase();
  await using connection = await openTestDatabase(database.url);
  await connection.query(`insert into realtime_revocations (user_id, revoked_at) values ('clara', now())`);
  await using service = await startTestService({
    database,
    env: { DOMAINS: '', AUTH_MODE: 'jwt', JWT_SECRET: 'never asked, and of thirty-two bytes at least' },
    extraDomains: [shop],
    ports: { authenticator: sessions },
  });
  const answer = await service.post('/shop/orders/4', { customerId: '9' }, { 'x-session': 's-1' });
  expect(answer).toMatchObject({ status: 401, body: { code: 'token_revoked' } });
});

test('a delivery method of an application gets what an event type names it for', async () => {
  const sent: string[] = [];
  const viber: DeliveryMethod = {
    name: 'viber',
    async send({ userId, event }) {
      sent.push(`${userId}: ${event.title}`);
      return { kind: 'taken' };
    },
  };
  await using database = await createTestDatabase({ domains: ['school'] });
  await using connection = await openTestDatabase(database.url);
  await seedSchool(connection.db);
  await connection.query(`update realtime_event_types set methods = '{viber}', escalation = null`);
  await using service = await startTestService({
    database,
    env: { DOMAINS: 'school' },
    ports: { deliveryMethods: [viber] },
  });
  const parent = { 'x-user-id': 'user1-uuid', 'x-role': 'parent', 'x-tenants': 'school-uuid' };
  expect(await service.post('/api/v1/realtime/events/test', {}, parent)).toMatchObject({ status: 200 });
  await until(() => sent.length > 0);
  expect(sent).toEqual(['user1-uuid: Test']);
});

test.each([...packageMethods, 'viber'])(
  'no delivery method of an application is called %s when that is taken',
  (name) => {
    const method: DeliveryMethod = { name, send: async () => ({ kind: 'taken' }) };
    const deliveryMethods = name === 'viber' ? [method, method] : [method];
    expect(portFaults({ deliveryMethods })).toContainEqual({
      path: ['ports', 'deliveryMethods', 0, 'name'],
      found: JSON.stringify(name),
      expected: 'a name that is not taken',
    });
  },
);

test('an application that identifies callers itself needs no key, in production too', () => {
  const env = { NODE_ENV: 'production', DATABASE_URL: 'postgres://db.example/app' };
  expect(() => parseConfig(env)).toThrow('JWT_SECRET');
  const { config } = parseConfig(env, undefined, { hasAuthenticator: true });
  expect(config.auth.mode).toBe('jwt');
});

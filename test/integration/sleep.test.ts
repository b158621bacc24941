import { expect, test } from 'bun:test';
import type { Env } from '../../src/config/config.ts';
import { connect } from '../support/clients/ws-client.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { startRedis } from '../support/network/redis.ts';
import { startTcpRelay } from '../support/network/tcp-relay.ts';
import { openTestDatabase } from '../support/postgres/database.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres/postgres.ts';
import { needs } from '../support/processes/components.ts';
import { jwtMode, makeToken, serviceKey, startTestService } from '../support/services/service.ts';
import { until } from '../support/until.ts';

const hour = 3_600_000;

interface Processes {
  readonly data: readonly { readonly state: string }[];
}

/** Lets time pass until a promise settles. */
async function passing<T>(clock: ManualClock, promise: Promise<T>): Promise<T> {
  let isSettled = false;
  const settled = promise.finally(() => {
    isSettled = true;
  });
  await until(() => {
    clock.advance(100);
    return isSettled;
  });
  return settled;
}

/** A service that sleeps when its clock says so, behind a relay that counts what it says to its database. */
async function startSleeper(database: TestDatabase, env: Env = {}) {
  await using opened = new AsyncDisposableStack();
  const clock = new ManualClock();
  clock.step(Date.now() - clock.now());
  const beside = opened.use(await openTestDatabase(database.url));
  const relay = opened.use(await startTcpRelay(database.url));
  const address = new URL(database.url);
  address.host = `127.0.0.1:${relay.port}`;
  address.searchParams.set('application_name', 'sleeper');
  const service = opened.use(
    await startTestService({
      database: { ...database, url: address.href },
      env: { IDLE_SLEEP_MS: '60000', ...env },
      ports: { clock },
    }),
  );
  const connections = async () =>
    (await beside.query(`select from pg_stat_activity where application_name = 'sleeper'`)).length;
  const isListening = async () =>
    (
      await beside.query(
        `select from pg_stat_activity where application_name = 'sleeper' and query like 'listen "tambuli"%'`,
      )
    ).length > 0;
  const owned = opened.move();
  return {
    isListening,
    ...{ relay, service, beside, clock },
    connections,
    async fallAsleep() {
      clock.stall(2 * 60_000);
      await service.nextLog('asleep, without a connection');
      // The regular work that was under way is done when nothing of it connects again.
      let quietLooks = 0;
      await until(async () => {
        quietLooks = (await connections()) === 0 ? quietLooks + 1 : 0;
        return quietLooks === 30;
      });
    },
    async [Symbol.asyncDispose]() {
      // The limits of a drain are those of this clock.
      await passing(clock, owned.disposeAsync());
    },
  };
}

const address = '/api/realtime/channels/hearings/publications';

interface Page {
  readonly publications: readonly { readonly data: unknown }[];
  readonly position: string;
}

/** Drops a publication as any program may, by plain SQL. */
const drop = ({ beside }: Awaited<ReturnType<typeof startSleeper>>, n: number) =>
  beside.query(
    `select realtime_publish('hearings', 'hearing_update', 'updated', json_build_object('n', $1::integer)::jsonb)`,
    [n],
  );

test('asleep, a process says nothing to its database, and the first poll sees what SQL published meanwhile', async () => {
  await using database = await createTestDatabase({ domains: ['barangay', 'school', 'venues'] });
  await using sleeper = await startSleeper(database, { DOMAINS: 'barangay,school,venues' });
  const { relay, service, clock } = sleeper;
  const poll = async (since: string) =>
    (await passing(clock, service.get(`${address}?since=${since}`))).body as Page;
  const { position } = (await service.get(address)).body as Page;
  for (const n of [1, 2]) {
    await sleeper.fallAsleep();
    const { bytes } = relay;
    // Every timer of the process comes due, many times.
    for (let turn = 0; turn < 24; turn++) clock.stall(hour);
    expect((await service.get('/health/ready')).body).toMatchObject({ status: 'asleep' });
    for (const path of ['/health', '/ws/status']) expect((await service.get(path)).status).toBe(200);
    await drop(sleeper, n);
    expect([relay.bytes, await sleeper.connections()]).toEqual([bytes, 0]);
    const { publications } = await poll(position);
    expect(publications.at(-1)).toMatchObject({ offset: n, data: { n } });
  }
});

test('the first connection wakes it, gets what was published meanwhile, and hears what comes', async () => {
  await using database = await createTestDatabase({ domains: ['barangay'] });
  await using sleeper = await startSleeper(database);
  const { service, clock } = sleeper;
  const { position } = (await service.get(address)).body as Page;
  await sleeper.fallAsleep();
  await drop(sleeper, 1);
  await using client = await passing(clock, connect(service.socketUrl));
  client.send({ type: 'auth', userId: 'user123', role: 'officer' });
  client.send({ type: 'subscribe', channel: 'hearings', since: position });
  expect(await client.next('subscribed')).toMatchObject({ recovered: true });
  expect(await client.next('hearing_update')).toMatchObject({ offset: 1, data: { n: 1 } });
  await drop(sleeper, 2);
  expect(await passing(clock, client.next('hearing_update'))).toMatchObject({ offset: 2, data: { n: 2 } });
  // A served client keeps it awake.
  clock.advance(20_000);
  expect(service.logged().match(/asleep, without/g)).toHaveLength(1);
});

const brokers = [
  { broker: 'postgres', run: test, open: async () => undefined },
  { broker: 'redis', run: needs('redis'), open: () => startRedis() },
] as const;

for (const { broker, run, open } of brokers) {
  run(
    `with ${broker}, one process sleeps while another works, and misses neither publications nor revocations`,
    async () => {
      await using opened = new AsyncDisposableStack();
      const redis = await open();
      if (redis) {
        opened.use(redis);
      }
      const database = opened.use(await createTestDatabase({ domains: ['barangay'] }));
      const env: Env = { ...jwtMode, BROKER: broker, ...(redis && { REDIS_URL: redis.url }) };
      const awake = opened.use(await startTestService({ database, env }));
      const sleeper = opened.use(await startSleeper(database, env));
      const { service, relay, clock } = sleeper;
      const asService = { 'x-api-key': serviceKey };
      const publish = async (n: number) => {
        const body = { channel: 'hearings', type: 'hearing_update', data: { n } };
        expect((await awake.post('/api/realtime/publish', body, asService)).status).toBe(200);
      };
      const token = await makeToken({ user: 'gone', issuedIn: -60 });
      const reader = { authorization: `Bearer ${await makeToken({ issuedIn: -60 })}` };
      await publish(1);
      const { position } = (await service.get(address, reader)).body as Page;
      expect((await service.get(address, { authorization: `Bearer ${token}` })).status).toBe(200);
      await sleeper.fallAsleep();
      const { bytes } = relay;
      const shown = async () => {
        const { body } = await awake.get('/api/operate/processes', asService);
        return (body as Processes).data.map(({ state }) => state).sort();
      };
      expect(await shown()).toEqual(['asleep', 'running']);
      await publish(2);
      expect((await awake.post('/api/realtime/users/gone/revoke', '', asService)).status).toBe(200);
      expect(relay.bytes).toBe(bytes);
      const refused = await passing(clock, service.get(address, { authorization: `Bearer ${token}` }));
      expect(refused.status).toBe(401);
      const page = (await service.get(`${address}?since=${position}`, reader)).body as Page;
      expect(page.publications).toMatchObject([{ offset: 2, data: { n: 2 } }]);
      await using client = await connect(service.socketUrl);
      client.send({ type: 'auth', token: await makeToken({ issuedIn: -60 }) });
      client.send({ type: 'subscribe', channel: 'hearings', since: position });
      await client.next('hearing_update');
      // Live again: the bus is heard, since no comparison of heads comes due on a clock that stands.
      await until(async () => (await service.get('/health/ready')).status === 200);
      await publish(3);
      expect(await client.next('hearing_update')).toMatchObject({ offset: 3, data: { n: 3 } });
      // The clock of the process that slept goes on, so that it replies.
      await until(async () => String(await passing(clock, shown())) === 'running,running');
    },
  );
}

import { expect, test } from 'bun:test';
import { seedSchool } from '../../../../src/domains/school/seed.ts';
import { systemClock as clock } from '../../../../src/lib/clock.ts';
import { qualityOf } from '../../../../src/tracking/connections/connection-quality.ts';
import { closeStale } from '../../../../src/tracking/connections/connection-rows.ts';
import { connect } from '../../../support/clients/ws-client.ts';
import { openTestDatabase } from '../../../support/postgres/database.ts';
import { createTestDatabase } from '../../../support/postgres/postgres.ts';
import { joinAs } from '../../../support/services/session.ts';
import { until } from '../../../support/until.ts';
import { amina, greenfield, jane, joseph, riverside, ruth, type School, startSchool } from '../support.ts';

const pixel =
  'Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Mobile Safari/537.36';

type Row = Readonly<Record<string, unknown>>;

const rowsOf = (school: School, userId: string) =>
  school.database.query<Row>('select * from websocket_connections where user_id = $1 order by connected_at', [
    userId,
  ]);

/** Rows of a user once they satisfy the condition: they are written a moment later, beside the sessions. */
async function rowsWhen(school: School, userId: string, condition: (rows: readonly Row[]) => boolean) {
  let rows: readonly Row[] = [];
  await until(async () => {
    rows = await rowsOf(school, userId);
    return condition(rows);
  });
  return rows;
}

test('each device of a person has its row, with how it is connected and how well', async () => {
  await using school = await startSchool();
  const options = { implementation: 'ws', headers: { 'user-agent': pixel } } as const;
  await using phone = await connect(`${school.socketUrl}?deviceId=phone-1`, options);
  phone.send({ type: 'auth', ...joseph });
  await phone.next('authenticated');
  await using _desk = await school.open(joseph, {
    deviceId: 'desk',
    deviceType: 'desktop',
    platform: 'kiosk',
  });
  await using _stranger = await joinAs(school, { userId: 'user123', role: 'officer' });
  const rows = await rowsWhen(
    school,
    'user1-uuid',
    (found) => found.length === 2 && found[0]?.['latency_ms'] !== null,
  );
  expect(rows[0]).toMatchObject({
    transport: 'websocket',
    device_id: 'phone-1',
    device_type: 'mobile',
    platform: 'android',
    tenant_id: greenfield,
    // A busy machine is a slow line.
    quality: qualityOf(Number(rows[0]?.['latency_ms']), 0),
    loss: 0,
    disconnected_at: null,
  });
  expect(rows[1]).toMatchObject({ transport: 'socket.io', device_id: 'desk', platform: 'kiosk' });
  expect(await rowsOf(school, 'user123')).toEqual([]);
});

test('a record that the database refuses is left out with a count, and holds up no other', async () => {
  await using school = await startSchool();
  await school.database.query(
    `alter table websocket_connections add constraint of_test check (device_id <> 'refused')`,
  );
  const open = async (deviceId: string) => {
    const client = await connect(`${school.socketUrl}?deviceId=${deviceId}`);
    client.send({ type: 'auth', ...joseph });
    await client.next('authenticated');
    return client;
  };
  const clients = await Promise.all(['one', 'refused', 'two', 'three'].map(open));
  const rows = await rowsWhen(school, 'user1-uuid', (found) => found.length === 3);
  expect(rows.map((row) => row['device_id']).sort()).toEqual(['one', 'three', 'two']);
  await school.nextLog('the record of a connection was refused; it is left out');
  for (const client of clients) await client.close();
});

test('a connection that ends keeps its row, with the reason', async () => {
  await using school = await startSchool();
  const left = await joinAs(school, joseph);
  const ended = await joinAs(school, joseph);
  await rowsWhen(school, 'user1-uuid', (rows) => rows.length === 2);
  await left.close();
  // The first reason counts, so the server has to know of the close before it ends what is left.
  await rowsWhen(school, 'user1-uuid', (found) => found.some((row) => row['disconnected_at']));
  await school.post('/api/realtime/users/user1-uuid/disconnect', {});
  await ended.closed;
  const rows = await rowsWhen(school, 'user1-uuid', (found) => found.every((row) => row['disconnected_at']));
  expect(rows.map((row) => row['disconnect_reason'])).toEqual(['client', 'disconnected']);
});

test('the row follows the school that a director switches to, and only they and who supervises it see it', async () => {
  await using school = await startSchool();
  await using desk = await school.open(amina);
  await using _phone = await school.open(jane);
  await desk.ask('switch_context', { schoolId: riverside });
  await rowsWhen(school, 'director-1', ([row]) => row?.['tenant_id'] === riverside);
  const own = await school.call(amina, 'POST', '/test-connection');
  expect(own).toMatchObject({
    status: 200,
    body: { delivered: 1, connections: [{ transport: 'socket.io', schoolId: riverside }] },
  });
  expect(await desk.next('connection_test')).toMatchObject({ ephemeral: true });
  const other = await school.call(ruth, 'POST', '/test-connection');
  expect(other).toMatchObject({ body: { delivered: 0, connections: [] } });
});

test('a process that goes closes its rows, and what a killed one left is closed by another', async () => {
  await using database = await createTestDatabase({ domains: ['school'] });
  await using connection = await openTestDatabase(database.url);
  await seedSchool(connection.db);
  const first = await startSchool({ BROKER: 'postgres' }, database);
  await using _cut = await joinAs(first, joseph);
  await rowsWhen(first, 'user1-uuid', (rows) => rows.length === 1);
  await first[Symbol.asyncDispose]();
  await using second = await startSchool({ BROKER: 'postgres' }, database);
  expect(await rowsOf(second, 'user1-uuid')).toMatchObject([{ disconnect_reason: 'shutdown' }]);
  await second.database.query(`
    insert into websocket_connections (id, user_id, role, transport, device_id, process_id, connected_at, last_seen_at)
    values ('left', 'user1-uuid', 'parent', 'websocket', 'd', 'dead', now(), now())`);
  await using _live = await joinAs(second, joseph);
  await rowsWhen(second, 'user1-uuid', (rows) => rows.length === 3);
  const tracking = { database: connection, members: 'school.members', clock };
  expect(await closeStale(tracking, 'another')).toBe(1);
  const rows = await rowsOf(second, 'user1-uuid');
  expect(rows.find(({ id }) => id === 'left')).toMatchObject({ disconnect_reason: 'process_lost' });
  expect(rows.filter((row) => row['disconnected_at'] === null)).toHaveLength(1);
});

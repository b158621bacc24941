import { expect, test } from 'bun:test';
import { migrate } from '../../src/db/migrate/migrate.ts';
import { createLogger } from '../../src/logger.ts';
import { connect } from '../support/clients/ws-client.ts';
import { openTestDatabase } from '../support/postgres/database.ts';
import { startPostgres } from '../support/postgres/postgres.ts';
import { jwtMode, makeToken, startTestService } from '../support/services/service.ts';
import { until } from '../support/until.ts';

test('a process that starts while the database is away lets no withdrawn token in, before and after it is back', async () => {
  await using server = await startPostgres();
  await migrate({ url: server.url, domains: ['barangay'], log: createLogger('silent') });
  {
    await using database = await openTestDatabase(server.url);
    await database.query(`insert into realtime_revocations (user_id) values ('user123')`);
  }
  const withdrawn = await makeToken({ user: 'user123', issuedIn: -60 });
  const good = await makeToken({ user: 'other', issuedIn: -60 });
  await server.stop();
  await using service = await startTestService({
    database: { url: server.url, [Symbol.asyncDispose]: () => Promise.resolve() },
    env: { ...jwtMode, NODE_ENV: 'production', QUERY_TIMEOUT_MS: '1000', CONNECT_TIMEOUT_MS: '1000' },
  });
  expect((await service.get('/health/ready')).status).toBe(503);
  const read = (token: string) =>
    service.get('/api/realtime/channels/hearings/publications', { authorization: `Bearer ${token}` });
  for (const token of [withdrawn, good]) {
    expect((await read(token)).body).toMatchObject({ code: 'not_ready', status: 503 });
    await using phone = await connect(`${service.socketUrl}?token=${token}`);
    expect(await phone.next('error')).toMatchObject({ code: 'not_ready' });
  }
  await server.start();
  await until(async () => (await service.get('/health/ready')).status === 200);
  expect((await read(withdrawn)).body).toMatchObject({ code: 'token_revoked' });
  await using revoked = await connect(`${service.socketUrl}?token=${withdrawn}`);
  expect(await revoked.next('error')).toMatchObject({ code: 'token_revoked' });
  await using phone = await connect(`${service.socketUrl}?token=${good}`);
  expect(await phone.next('authenticated')).toMatchObject({ userId: 'other' });
}, 60_000);

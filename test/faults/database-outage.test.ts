import { describe, expect, test } from 'bun:test';
import { migrate } from '../../src/db/migrate/migrate.ts';
import { seedBarangay } from '../../src/domains/barangay/seed.ts';
import { createLogger } from '../../src/logger.ts';
import { connect } from '../support/clients/ws-client.ts';
import { pace } from '../support/pace.ts';
import { openTestDatabase } from '../support/postgres/database.ts';
import { startPostgres, type TestServer } from '../support/postgres/postgres.ts';
import { type Answer, startTestService, type TestService } from '../support/services/service.ts';
import { until } from '../support/until.ts';

async function startOverOwnServer(): Promise<{ server: TestServer; service: TestService }> {
  const server = await startPostgres();
  await migrate({ url: server.url, domains: ['barangay'], log: createLogger('silent') });
  await using database = await openTestDatabase(server.url);
  await seedBarangay(database.db);
  const service = await startTestService({
    database: { url: server.url, [Symbol.asyncDispose]: () => Promise.resolve() },
    env: { QUERY_TIMEOUT_MS: '1500', CONNECT_TIMEOUT_MS: '1500' },
  });
  return { server, service };
}

const broadcast = (service: TestService) =>
  service.post('/ws/broadcast/hearing', { hearingId: 123, eventType: 'updated' });

function expectUnavailable(answer: Answer): void {
  expect(answer.status).toBe(503);
  expect((answer.body as { code: string }).code).toMatch(/^(database_unavailable|outcome_unknown)$/);
  expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
}

describe.each([
  ['stopped and started', (server: TestServer) => server.stop(), (server: TestServer) => server.start()],
  ['hung and released', (server: TestServer) => server.pause(), (server: TestServer) => server.resume()],
])('a database that is %s under load', (_, lose, restore) => {
  test('costs no success, answers 503 meanwhile, closes no socket, and heals by itself', async () => {
    const { server, service } = await startOverOwnServer();
    await using _server = server;
    await using _service = service;
    await using phone = await connect(`${service.socketUrl}?userId=user123&role=officer`);
    phone.send({ type: 'subscribe', channel: 'hearings' });
    await phone.next('subscribed');

    const answers: Answer[] = [];
    let stopping = false;
    const workers = Array.from({ length: 8 }, async () => {
      while (!stopping) {
        const answer = await broadcast(service);
        answers.push(answer);
        // A refused publisher waits a little, as Retry-After asks in seconds.
        if (answer.status !== 200) await pace(20);
      }
    });
    const successes = () => answers.filter(({ status }) => status === 200).length;
    await until(() => successes() >= 50);
    await lose(server);
    const failuresBefore = answers.length - successes();
    await until(() => answers.length - successes() >= failuresBefore + 16);
    const stillReady = await service.get('/health/ready');
    phone.send({ type: 'ping', id: 'meanwhile' });
    await phone.next('pong');
    await restore(server);
    const successesBefore = successes();
    await until(() => successes() >= successesBefore + 50);
    stopping = true;
    await Promise.all(workers);

    expectUnavailable(stillReady);
    await until(async () => (await service.get('/health/ready')).status === 200);
    expect((await service.get('/health')).status).toBe(200);
    for (const answer of answers) if (answer.status !== 200) expectUnavailable(answer);
    const codes = answers.map(({ body }) => (body as { code?: string }).code);
    // Refused before it was sent, the broadcast did not happen.
    expect(codes).toContain('database_unavailable');

    // One more publication shows the phone whatever was committed under a 503 (R1).
    const last = (await broadcast(service)).body as { offset: number };
    while ((await phone.next('hearing_update'))['offset'] !== last.offset);
    const received = phone.all('hearing_update').map((frame) => frame['offset']);
    expect(received).toEqual(Array.from({ length: last.offset }, (_, n) => n + 1));
    const promised = answers
      .filter(({ status }) => status === 200)
      .map(({ body }) => body as { offset: number });
    const offsets = promised.map(({ offset }) => offset);
    expect(new Set(offsets).size).toBe(offsets.length);
    for (const offset of offsets) expect(received).toContain(offset);
  }, 60_000);
});

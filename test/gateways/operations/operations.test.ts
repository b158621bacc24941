import { expect, test } from 'bun:test';
import { jwtMode, startTestService } from '../../support/services/service.ts';
import { joinAs } from '../../support/services/session.ts';

const timestamp = expect.stringMatching(/^\d{4}-.*Z$/);

test('status tells how many are connected and which namespaces are watched, and no names', async () => {
  await using service = await startTestService();
  await using _officer = await joinAs(service, { userId: 'user123', role: 'officer' }, [
    'case:456',
    'hearings',
  ]);
  await using _user = await joinAs(service, { userId: 'resident7' }, ['notifications']);
  const { status, body } = await service.get('/ws/status');
  expect(status).toBe(200);
  expect(body).toEqual({
    success: true,
    connectedClients: 2,
    activeChannels: ['case', 'hearings', 'notifications'],
    timestamp,
  });
});

test('health and readiness answer without any credential', async () => {
  await using service = await startTestService({ env: jwtMode });
  expect((await service.get('/health')).body).toEqual({ success: true, status: 'live', timestamp });
  expect((await service.get('/health/ready')).body).toEqual({ success: true, status: 'ready', timestamp });
});

test('without its tables the process is alive and not ready', async () => {
  await using service = await startTestService();
  await service.database.query('drop table realtime_publications, realtime_channels');
  expect(await service.get('/health')).toMatchObject({ status: 200 });
  const answer = await service.get('/health/ready');
  expect(answer.status).toBe(500);
  expect(JSON.stringify(answer.body)).not.toContain('realtime_channels');
});

test('every answer carries a request id: the caller`s where it is fit for a log', async () => {
  await using service = await startTestService();
  const idOf = async (given: string) =>
    (await service.get('/health', { 'x-request-id': given })).headers.get('x-request-id');
  expect(await idOf('abc-1')).toBe('abc-1');
  for (const unfit of ['a b', '{"level":60}', 'x'.repeat(65)])
    expect(await idOf(unfit)).toMatch(/^[0-9a-f-]{36}$/);
});

test('a failure inside is logged under its request id and its text never leaves', async () => {
  await using service = await startTestService();
  await service.database.query(`create function fail() returns trigger language plpgsql as
    $$ begin raise exception 'a secret text' using errcode = 'division_by_zero'; end $$;
    create trigger fail before insert on realtime_publications execute function fail()`);
  const answer = await service.post(
    '/ws/broadcast/hearing',
    { hearingId: 123, eventType: 'x' },
    { 'x-request-id': 'r-1' },
  );
  expect(answer).toMatchObject({ status: 500, body: { code: 'internal', requestId: 'r-1' } });
  expect(JSON.stringify(answer.body)).not.toContain('secret');
  const line = await service.nextLog('a request failed');
  expect(JSON.parse(line)).toMatchObject({
    level: 50,
    requestId: 'r-1',
    err: { message: expect.stringContaining('22012') },
  });
});

test('the token in an address is in no log line', async () => {
  await using service = await startTestService();
  await service.get('/health?token=a-token-in-the-address');
  await service.nextLog('"path":"/health"');
  expect(service.logged()).not.toContain('a-token-in-the-address');
});

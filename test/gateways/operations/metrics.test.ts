import { expect, test } from 'bun:test';
import { Metrics } from '../../../src/gateways/operations/metrics.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import { connect } from '../../support/clients/ws-client.ts';
import {
  jwtMode,
  makeToken,
  serviceKey,
  startTestService,
  type TestService,
} from '../../support/services/service.ts';
import { joinAs } from '../../support/services/session.ts';
import { until } from '../../support/until.ts';

const hearing = { hearingId: 123, eventType: 'created' };

async function scrapeText(service: TestService, headers: Record<string, string> = {}): Promise<string> {
  return (await fetch(`${service.url}/metrics`, { headers })).text();
}

/** Samples by name and labels as printed, without the prefix. */
async function scrape(service: TestService): Promise<Readonly<Record<string, number>>> {
  return samplesOf(await scrapeText(service));
}

function samplesOf(text: string): Readonly<Record<string, number>> {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return Object.fromEntries(
    lines.map((line) => {
      const space = line.lastIndexOf(' ');
      return [line.slice('tambuli_'.length, space), Number(line.slice(space + 1))];
    }),
  );
}

test('connections, sessions, subscriptions and publications are counted as they are', async () => {
  await using service = await startTestService();
  await using _officer = await joinAs(service, { userId: 'user123', role: 'officer' }, ['hearings', 'cases']);
  await using second = await joinAs(service, { userId: 'captain1', role: 'captain' }, ['hearings']);
  await using _nobody = await connect(service.socketUrl);
  expect((await service.post('/ws/broadcast/hearing', hearing)).status).toBe(200);
  await second.next('hearing_update');
  expect(await scrape(service)).toMatchObject({
    connections: 3,
    'sessions{transport="websocket"}': 2,
    subscriptions: 3,
    live_channels: 2,
    publications_total: 1,
    deliveries_total: 2,
    append_batch_publications_sum: 1,
    append_batch_publications_count: 1,
    append_seconds_count: 1,
    delivery_lag_seconds_count: 1,
    'delivery_lag_seconds_bucket{le="10"}': 1,
    outbox_relayed_total: 0,
  });
});

test('publications of one turn share an append, and its histogram says so', async () => {
  await using service = await startTestService();
  const posts = Array.from({ length: 50 }, () => service.post('/ws/broadcast/hearing', hearing));
  expect((await Promise.all(posts)).map(({ status }) => status)).toEqual(posts.map(() => 200));
  const samples = await scrape(service);
  expect(samples).toMatchObject({ publications_total: 50, append_batch_publications_sum: 50 });
  expect(samples['append_batch_publications_count']).toBeLessThan(50);
});

test('what a session that comes back gets is counted by outcome', async () => {
  await using service = await startTestService();
  await using client = await joinAs(service, { userId: 'user123', role: 'officer' }, ['hearings']);
  const position = client.all('subscribed')[0]?.['position'];
  await service.post('/ws/broadcast/hearing', hearing);
  client.send({ type: 'subscribe', channel: 'hearings', since: position });
  await client.next('subscribed');
  client.send({ type: 'subscribe', channel: 'hearings', since: 'otherepoch:1' });
  await client.next('subscribed');
  expect(await scrape(service)).toMatchObject({
    'recoveries_total{outcome="recovered"}': 1,
    'recoveries_total{outcome="lost"}': 1,
  });
});

test('sessions the server ends are counted once, by reason; a transport that empties stays with zero', async () => {
  await using service = await startTestService({
    env: { HEARTBEAT_MS: '100', LIMIT_ERRORS_PER_MINUTE: '1' },
  });
  const noisy = await joinAs(service, { userId: 'a' }, []);
  await scrape(service);
  for (let n = 0; n < 2; n++) noisy.send('{');
  expect((await noisy.closed).code).toBe(4008);
  const deaf = await connect(`${service.socketUrl}?userId=b`, { implementation: 'ws' });
  await deaf.next('authenticated');
  deaf.pause();
  // Its close handshake never ends, and the sweep finds it again and again until it is cut off.
  await until(async () => (await scrape(service))['sessions_ended_total{reason="no_pong"}'] === 1);
  await until(async () => (await scrape(service))['connections'] === 0);
  expect(await scrape(service)).toMatchObject({
    'sessions{transport="websocket"}': 0,
    'sessions_ended_total{reason="too_many_requests"}': 1,
    'sessions_ended_total{reason="no_pong"}': 1,
    'sessions_ended_total{reason="slow"}': 0,
  });
  deaf.terminate();
});

test('a slow reader is counted as one', async () => {
  const env = { LIMIT_SEND_BUFFER_BYTES: '65536', LIMIT_PUBLICATION_BYTES: '32768' };
  await using service = await startTestService({ env });
  const slow = await connect(`${service.socketUrl}?userId=a&role=officer`, { implementation: 'ws' });
  slow.send({ type: 'subscribe', channel: 'persons' });
  await slow.next('subscribed');
  slow.pause();
  const body = { personId: 'PERSON-123', eventType: 'updated', data: { note: 'x'.repeat(30_000) } };
  await until(async () => {
    await Promise.all(Array.from({ length: 20 }, () => service.post('/ws/broadcast/person', body)));
    return (await scrape(service))['sessions_ended_total{reason="slow"}'] === 1;
  });
  slow.terminate();
});

test('the process and the broker are shown, and asking for readiness counts for nothing', async () => {
  await using service = await startTestService();
  await service.get('/health/ready');
  const samples = await scrape(service);
  expect(samples).toMatchObject({ subscriptions: 0, live_channels: 0, publications_total: 0 });
  expect(samples).toMatchObject({ deliveries_total: 0, delivery_lag_seconds_count: 0 });
  expect(samples['process_resident_memory_bytes']).toBeGreaterThan(20e6);
  expect(samples['process_cpu_user_seconds_total']).toBeGreaterThan(0.01);
  expect(samples['process_open_fds']).toBeGreaterThan(process.platform === 'linux' ? 5 : -1);
  const startedAt = 1_000 * (samples['process_start_time_seconds'] ?? 0);
  expect(Math.abs(startedAt - Date.now())).toBeLessThan(3_600_000);
  expect(Object.keys(samples).filter((name) => name.startsWith('broker_connected{broker='))).toHaveLength(1);
  await until(async () => ((await scrape(service))['event_loop_lag_seconds_count'] ?? 0) > 0);
});

test('services in one process count apart', async () => {
  await using first = await startTestService();
  await using second = await startTestService();
  await first.post('/ws/broadcast/hearing', hearing);
  expect((await scrape(first))['publications_total']).toBe(1);
  expect((await scrape(second))['publications_total']).toBe(0);
});

test('every metric has one help and type line and carries the prefix; no channel or user is named', async () => {
  await using service = await startTestService();
  await using _client = await joinAs(service, { userId: 'user123', role: 'officer' }, [
    'hearings',
    'case:456',
  ]);
  const text = await scrapeText(service);
  const typed = [...text.matchAll(/^# TYPE (\S+) (counter|gauge|histogram)$/gm)].map(([, name]) => name);
  expect(typed.length).toBeGreaterThan(20);
  expect([...text.matchAll(/^# HELP (\S+) .{10,}$/gm)].map(([, name]) => name)).toEqual(typed);
  expect(new Set(typed).size).toBe(typed.length);
  expect(typed.filter((name) => !name?.startsWith('tambuli_'))).toEqual([]);
  const labelled = [...text.matchAll(/="((?:[^"\\\n]|\\.)*)"[,}]/g)].map(([, value]) => value ?? '');
  expect(labelled).toContain('websocket');
  expect(labelled.filter((value) => /hearings|case:|^456$|user123/.test(value))).toEqual([]);
});

test('with keys it is for the service key and admins alone, in Prometheus’ own content type', async () => {
  await using service = await startTestService({ env: jwtMode });
  const statusOf = async (headers: Record<string, string>) => (await service.get('/metrics', headers)).status;
  const bearer = async (role: string) => ({ authorization: `Bearer ${await makeToken({ role })}` });
  expect(await statusOf({})).toBe(401);
  expect(await statusOf({ 'x-api-key': 'not-the-service-key-0123456' })).toBe(401);
  expect(await statusOf(await bearer('officer'))).toBe(403);
  expect(await statusOf(await bearer('admin'))).toBe(200);
  const { status, headers } = await service.get('/metrics', { 'x-api-key': serviceKey });
  expect(status).toBe(200);
  expect(headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
});

test('a database clock ahead of ours makes no negative lag, and relayed rows show', async () => {
  using metrics = new Metrics(systemClock);
  metrics.delivered(3, -40);
  metrics.relayed(7);
  metrics.relayLag(1_500);
  const samples = samplesOf(await (await metrics.scrape()).text());
  expect(samples).toMatchObject({ delivery_lag_seconds_sum: 0, outbox_relayed_total: 7 });
  expect(samples).toMatchObject({ outbox_relay_lag_seconds_sum: 1.5 });
});

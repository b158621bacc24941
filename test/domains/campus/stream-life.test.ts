import { expect, test } from 'bun:test';
import { connect } from 'node:net';
import { requestBytes } from '../../support/clients/raw-http.ts';
import { openSse, type Refused } from '../../support/clients/sse-client.ts';
import { jwtMode, makeToken, serviceKey, type TokenClaims } from '../../support/services/service.ts';
import { until } from '../../support/until.ts';
import { type Campus, nextEvent, startCampus } from './support.ts';

/** The streams of the campus are sessions as any: what ends or bounds those, ends and bounds these. */

const paths = ['/api/realtime/issues/stream', '/api/realtime/heatmap/stream'].map(
  (path) => `${path}?organizationId=org123`,
);
const member = (claims: TokenClaims = {}) => makeToken({ user: 'student1', tenants: ['org123'], ...claims });
const startChecked = (env = {}) => startCampus({ ...jwtMode, ...env });
const connected = async (campus: Campus) => Object((await campus.get('/ws/status')).body).connectedClients;
const asService = { 'x-api-key': serviceKey };

test('a token in the address opens them, no token and a bad one do not', async () => {
  await using campus = await startChecked();
  for (const path of paths) {
    await using stream = await openSse(`${campus.url}${path}&token=${await member()}`);
    expect((await nextEvent(stream)).type).toBe('initial');
    for (const token of ['', '&token=', '&token=JWT', `&token=${await member({ expiresIn: -1 })}`]) {
      expect((await campus.get(path + token)).status).toBe(401);
    }
  }
  expect((await campus.get('/api/realtime/stats')).status).toBe(401);
  const authorization = `Bearer ${await member({ tenants: [] })}`;
  expect((await campus.get('/api/realtime/stats', { authorization })).status).toBe(200);
});

interface Stats {
  readonly everywhere: { readonly users: { readonly sse: number } };
}

test('they count with the other streams of a user, and EventSource is told when to come back', async () => {
  await using campus = await startChecked({ LIMIT_STREAMS_PER_USER: '2' });
  const token = await member();
  const open = (path: string) => openSse(`${campus.url}${path}&token=${token}`);
  await using _one = await open(paths[0] ?? '');
  await using _two = await open(paths[1] ?? '');
  await using other = await openSse(`${campus.url}${paths[0]}`, {
    authorization: `Bearer ${await member({ user: 'student2' })}`,
  });
  for (const path of paths) {
    const refused = await open(path).catch((error: Refused) => error);
    expect(refused).toMatchObject({ status: 429, code: 'too_many_connections' });
    await using told = await openSse(`${campus.url}${path}&token=${token}`, { accept: 'text/event-stream' });
    expect(await told.next('problem')).toMatchObject({
      retry: expect.any(Number),
      data: { code: 'too_many_connections' },
    });
  }
  expect(await connected(campus)).toBe(3);
  const stats = async () => (await campus.get('/api/realtime/stats', asService)).body as Stats;
  // Processes tell each other of their users in batches.
  await until(async () => (await stats()).everywhere.users.sse === 2);
  expect(await stats()).toMatchObject({
    process: {
      connections: 3,
      byTransport: { sse: 3, websocket: 0 },
      streams: 3,
      subscriptions: 3,
      channels: 2,
    },
    everywhere: { users: { sse: 2, websocket: 0 } },
  });
  await nextEvent(other);
});

test('they end with the token, by revocation, after their lifetime and at a shutdown, and say so', async () => {
  const campus = await startChecked({ STREAM_LIFETIME_MS: '6000' });
  const open = (claims: TokenClaims) =>
    Promise.all(
      paths.map(async (path) =>
        openSse(campus.url + path, { authorization: `Bearer ${await member(claims)}` }),
      ),
    );
  const expiring = await open({ user: 'a', expiresIn: 2.5 });
  const revoked = await open({ user: 'b' });
  const renewed = await open({ user: 'c' });
  await campus.post('/api/realtime/users/b/revoke', {}, asService);
  const ends = [
    [revoked, 'revoked'],
    [expiring, 'expired'],
    [renewed, 'renew'],
  ] as const;
  for (const [streams, reason] of ends) {
    for (const stream of streams) {
      expect((await stream.next('end')).data).toMatchObject({ reason });
      expect(await stream.ended).toBe(true);
    }
  }
  for (const stream of renewed) {
    const beats = stream.all().filter(({ data }) => Object(data).type === 'heartbeat');
    expect(beats.length).toBeGreaterThan(3);
  }
  const last = await open({ user: 'd' });
  await campus[Symbol.asyncDispose]();
  for (const stream of last) expect((await stream.next('end')).data).toMatchObject({ reason: 'shutdown' });
});

test('whoever does not read is cut, and the others have everything', async () => {
  await using campus = await startCampus({ LIMIT_SEND_BUFFER_BYTES: '262144' });
  const [path = ''] = paths;
  await using reader = await campus.stream(undefined, path);
  const { hostname, port } = new URL(campus.url);
  const unread = connect({ host: hostname, port: Number(port) }, () =>
    unread.write(requestBytes('GET', path)),
  );
  unread.pause();
  await until(async () => (await connected(campus)) === 2);
  await nextEvent(reader);
  for (let burst = 0; (await connected(campus)) === 2 && burst < 100; burst++) {
    // Less than the buffer holds, and the next burst waits until all of it is read.
    const reports = Array.from({ length: 20 }, () =>
      campus.report('big', { description: 'x'.repeat(10_000) }),
    );
    await Promise.all(reports);
    for (const _ of reports) expect((await nextEvent(reader)).type).toBe('created');
  }
  await campus.nextLog('slow reader disconnected');
  unread.destroy();
});

test('pages of a listed origin may read them', async () => {
  const origin = 'https://campus.example';
  await using campus = await startCampus({ CORS_ORIGINS: origin });
  for (const path of [...paths, '/api/realtime/stats']) {
    const abort = new AbortController();
    const answer = await fetch(campus.url + path, { headers: { origin }, signal: abort.signal });
    expect(answer.headers.get('access-control-allow-origin')).toBe(origin);
    abort.abort();
  }
});

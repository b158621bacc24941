import { expect, test } from 'bun:test';
import type { Env } from '../../../src/config/config.ts';
import { openSse } from '../../support/clients/sse-client.ts';
import { connect } from '../../support/clients/ws-client.ts';
import type { GatewayService } from '../../support/services/gateway-service.ts';
import { type Answer, makeToken, type TestService } from '../../support/services/service.ts';
import {
  asService,
  asUser,
  type Cluster,
  joinWith,
  publish,
  startCluster,
  startPublishing,
  streamWith,
} from './support.ts';

const channel = 'open:1';
/** Only the bus can have told what comes before this. */
const never = '3600000';

/** The address of the user, whose id is best written with a percent sign. */
const user = 'a/b é%';

function order(
  service: TestService,
  what: 'disconnect' | 'revoke',
  headers: object = asService,
): Promise<Answer> {
  return service.post(`/api/realtime/users/${encodeURIComponent(user)}/${what}`, '', { ...headers });
}

/** A socket and a stream on each process; `ends` settles with how each of them ended. */
async function openEverywhere({ first, second }: Cluster, token: string) {
  await using opened = new AsyncDisposableStack();
  const sockets = [
    opened.use(await joinWith(first, token, [channel])),
    opened.use(await joinWith(second, token, [channel])),
  ];
  const streams = [
    opened.use(await streamWith(first, token, channel)),
    opened.use(await streamWith(second, token, channel)),
  ];
  const owned = opened.move();
  return {
    sockets,
    /** The end of each. */
    ends: () =>
      Promise.all([
        ...sockets.map(async ({ closed }) => (await closed).code),
        ...streams.map(async (stream) => (await stream.next('end')).data),
      ]),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

test('to disconnect ends what a user has open on all processes by the bus, and lets them back', async () => {
  await using cluster = await startCluster({ BROKER: 'postgres', HEAD_CHECK_MS: never });
  const token = await makeToken({ user, issuedIn: -60 });
  await using mine = await openEverywhere(cluster, token);
  await using other = await joinWith(cluster.second, await makeToken({ user: 'other' }), [channel]);
  const [ends, answer] = await Promise.all([mine.ends(), order(cluster.first, 'disconnect')]);
  expect(answer).toMatchObject({ status: 200, body: { success: true } });
  const end = { reason: 'disconnected', code: 4011 };
  expect(ends).toEqual([4011, 4011, expect.objectContaining(end), expect.objectContaining(end)]);
  await using back = await joinWith(cluster.second, token, [channel]);
  await publish(cluster.first, { channel, type: 'note', data: 1 });
  for (const each of [back, other]) expect(await each.next('note')).toMatchObject({ offset: 1 });
});

test('to revoke ends it too, refuses the token everywhere, and accepts a later one', async () => {
  await using cluster = await startCluster({ BROKER: 'postgres', HEAD_CHECK_MS: never });
  const token = await makeToken({ user, issuedIn: -60 });
  await using mine = await openEverywhere(cluster, token);
  await using other = await joinWith(cluster.second, await makeToken({ user: 'other', issuedIn: -60 }), [
    channel,
  ]);
  const before = Date.now();
  const [ends, answer] = await Promise.all([mine.ends(), order(cluster.first, 'revoke')]);
  const { revokedAt } = answer.body as { revokedAt: string };
  expect(answer.body).toEqual({ success: true, revokedAt: new Date(revokedAt).toISOString() });
  expect(Date.parse(revokedAt)).toBeWithin(before - 1_000, Date.now() + 1_000);
  const end = { reason: 'revoked', code: 4504 };
  expect(ends).toEqual([4504, 4504, expect.objectContaining(end), expect.objectContaining(end)]);
  for (const socket of mine.sockets) expect(socket.all('error')).toMatchObject([{ code: 'token_revoked' }]);

  const later = await makeToken({ user, issuedIn: 1 });
  for (const service of [cluster.first, cluster.second, await cluster.start()]) {
    expect(await refusalsOf(service, token)).toEqual(Array(6).fill('token_revoked'));
    await using back = await joinWith(service, later, [channel]);
    await publish(cluster.first, { channel, type: 'note', data: 1 });
    await back.next('note');
  }
  expect(await other.next('note')).toMatchObject({ offset: 1 });
});

test.each<[string, Env]>([
  ['deaf', { BROKER: 'memory', HEAD_CHECK_MS: '100' }],
  ['there', { BROKER: 'postgres', HEAD_CHECK_MS: '60000' }],
])('a process whose broker is %s ends the sessions', async (_, env) => {
  await using cluster = await startCluster(env);
  const token = await makeToken({ user, issuedIn: -60 });
  await using mine = await openEverywhere(cluster, token);
  const [ends] = await Promise.all([mine.ends(), order(cluster.first, 'revoke')]);
  expect(ends.slice(0, 2)).toEqual([4504, 4504]);
  expect(await refusalsOf(cluster.second, token)).toEqual(Array(6).fill('token_revoked'));
});

test('only a service and an admin may order it, and a user id has to be one', async () => {
  await using service = await startPublishing();
  for (const what of ['disconnect', 'revoke'] as const) {
    expect(await order(service, what, {})).toMatchObject({ status: 401 });
    expect(await order(service, what, await asUser('x', 'officer'))).toMatchObject({ status: 403 });
    expect(await order(service, what, await asUser('x', 'admin'))).toMatchObject({ status: 200 });
    for (const id of ['x'.repeat(201), '%00']) {
      const answer = await service.post(`/api/realtime/users/${id}/${what}`, '', asService);
      expect(answer).toMatchObject({ status: 422, body: { code: 'validation_failed' } });
    }
  }
});

/** The codes a token is refused with on every way in: two of WebSocket, SSE, polling, REST, and a domain's route. */
async function refusalsOf(service: GatewayService, token: string): Promise<unknown[]> {
  const headers = { authorization: `Bearer ${token}` };
  await using upgraded = await connect(service.socketUrl, { headers });
  await using socket = await connect(service.socketUrl);
  socket.send({ type: 'auth', token });
  const codeOf = ({ body }: Answer) => (body as { code: string }).code;
  const page = `/api/realtime/channels/${channel}/publications`;
  return [
    (await upgraded.next('error'))['code'],
    (await socket.next('error'))['code'],
    await openSse(`${service.url}/api/realtime/stream?channels=${channel}`, headers).catch(
      ({ code }) => code,
    ),
    codeOf(await service.get(page, headers)),
    codeOf(await publish(service, { channel, type: 'note', data: 1 }, headers)),
    codeOf(await service.post('/ws/broadcast/hearing', { hearingId: 123, eventType: 'x' }, headers)),
  ];
}

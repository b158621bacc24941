import { expect, test } from 'bun:test';
import { channel } from '../../../src/extension/channel.ts';
import { defineDomain } from '../../../src/extension/domain.ts';
import { connect, type WsClient } from '../../support/clients/ws-client.ts';
import { jwtMode, makeToken, startTestService, type TokenClaims } from '../../support/services/service.ts';
import { settle } from '../../support/services/session.ts';

const hearing = { hearingId: 123, eventType: 'created' };

async function refresh(client: WsClient, claims: TokenClaims): Promise<void> {
  client.send({ type: 'auth', token: await makeToken(claims) });
}

test('a token that expires closes the socket with 4002 within a moment', async () => {
  await using service = await startTestService({ env: { ...jwtMode, HEARTBEAT_MS: '1000' } });
  await using client = await connect(service.socketUrl);
  await refresh(client, { expiresIn: 2 });
  const { expiresAt } = await client.next('authenticated');
  expect(await client.next('error')).toMatchObject({ code: 'token_expired' });
  expect((await client.closed).code).toBe(4002);
  expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(String(expiresAt)));
});

test('a refresh on the socket extends its life and keeps its subscriptions', async () => {
  await using service = await startTestService({ env: { ...jwtMode, HEARTBEAT_MS: '1000' } });
  await using expiring = await connect(service.socketUrl);
  await using client = await connect(service.socketUrl);
  for (const each of [expiring, client]) {
    await refresh(each, { expiresIn: 3 });
    await each.next('authenticated');
  }
  client.send({ type: 'subscribe', channel: 'hearings' });
  await refresh(client, { expiresIn: 3600 });
  const { expiresAt } = await client.next('authenticated');
  expect(Date.parse(String(expiresAt))).toBeGreaterThan(Date.now() + 3_000_000);
  expect((await expiring.closed).code).toBe(4002);
  await service.post('/ws/broadcast/hearing', hearing, { authorization: `Bearer ${await makeToken()}` });
  expect(await client.next('hearing_update')).toMatchObject({ offset: 1 });
});

test('a refresh as another user is refused, and the socket stays who it was', async () => {
  await using service = await startTestService({ env: jwtMode });
  await using client = await connect(service.socketUrl);
  await refresh(client, { user: 'resident7', role: 'user' });
  await client.next('authenticated');
  await refresh(client, { user: 'captain1', role: 'captain' });
  expect(await client.next('error')).toMatchObject({ code: 'forbidden' });
  client.send({ type: 'subscribe', channel: 'hearings' });
  expect(await client.next('error')).toMatchObject({ code: 'forbidden', channel: 'hearings' });
});

test('a failed refresh leaves the socket as it was', async () => {
  await using service = await startTestService({ env: jwtMode });
  await using client = await connect(service.socketUrl);
  await refresh(client, {});
  await client.next('authenticated');
  await refresh(client, { expiresIn: -1 });
  expect(await client.next('error')).toMatchObject({ code: 'token_expired' });
  client.send({ type: 'subscribe', channel: 'hearings' });
  await client.next('subscribed');
});

test('a refresh with a lesser role ends exactly the subscriptions that role may not have', async () => {
  await using service = await startTestService({ env: jwtMode });
  await using client = await connect(service.socketUrl);
  await refresh(client, { user: 'resident7', role: 'officer' });
  const channels = ['hearings', 'cases', 'notifications', 'case:456', 'case:1'];
  for (const channel of channels) client.send({ type: 'subscribe', channel });
  await refresh(client, { user: 'resident7', role: 'user' });
  await settle(client);
  expect(client.all('unsubscribed')).toEqual([
    { type: 'unsubscribed', channel: 'hearings', code: 'forbidden' },
    { type: 'unsubscribed', channel: 'cases', code: 'forbidden' },
    { type: 'unsubscribed', channel: 'case:1', code: 'forbidden' },
  ]);
  const headers = { authorization: `Bearer ${await makeToken()}` };
  await service.post('/ws/broadcast/hearing', hearing, headers);
  await service.post('/ws/broadcast/case', { caseId: 456, eventType: 'updated' }, headers);
  await settle(client);
  expect(client.all('hearing_update')).toEqual([]);
  expect(client.all('case_update').map(({ channel }) => channel)).toEqual(['case:456']);
});

test('at a refresh a rule that cannot be asked ends its subscription and no other', async () => {
  let broken = false;
  const read = () => {
    if (broken) throw new Error('the rule is broken');
    return true;
  };
  await using service = await startTestService({
    env: jwtMode,
    extraDomains: [defineDomain({ name: 'extra', channels: () => [channel('fragile', { read })] })],
  });
  await using client = await connect(service.socketUrl);
  await refresh(client, {});
  for (const channel of ['fragile', 'hearings', 'notifications']) client.send({ type: 'subscribe', channel });
  await settle(client);
  broken = true;
  await refresh(client, { role: 'user' });
  await settle(client);
  expect(client.all('authenticated')).toHaveLength(2);
  expect(await service.nextLog('rule of a channel failed')).toContain('the rule is broken');
  expect(client.all('unsubscribed')).toMatchObject([
    { channel: 'fragile', code: 'internal' },
    { channel: 'hearings', code: 'forbidden' },
  ]);
});

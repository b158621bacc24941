import { expect, test } from 'bun:test';
import { connect } from '../../../support/clients/ws-client.ts';
import { jwtMode, makeToken, serviceKey, startTestService } from '../../../support/services/service.ts';
import { joinAs, settle } from '../../../support/services/session.ts';
import { until } from '../../../support/until.ts';

const officer = { userId: 'user123', role: 'officer' };

test('the sixth socket of a user is told and closed with 4009, and a freed one admits again', async () => {
  await using service = await startTestService();
  await using stack = new AsyncDisposableStack();
  const five = [];
  for (let n = 0; n < 5; n++) five.push(stack.use(await joinAs(service, officer, ['hearings'])));
  const sixth = stack.use(await connect(service.socketUrl));
  sixth.send({ type: 'auth', ...officer });
  expect(await sixth.next('error')).toMatchObject({
    code: 'too_many_connections',
    retryAfterMs: expect.any(Number),
  });
  expect((await sixth.closed).code).toBe(4009);
  stack.use(await joinAs(service, { userId: 'captain1' }));

  await five[0]?.close();
  await service.nextLog('"code":1000');
  stack.use(await joinAs(service, officer, ['hearings']));
  await service.post('/ws/broadcast/hearing', { hearingId: 123, eventType: 'created' });
  for (const client of five.slice(1))
    expect(await client.next('hearing_update')).toMatchObject({ offset: 1 });
});

test('a refresh counts no socket twice, and the limit holds for tokens at the upgrade too', async () => {
  await using service = await startTestService({ env: { ...jwtMode, LIMIT_SOCKETS_PER_USER: '1' } });
  const headers = { authorization: `Bearer ${await makeToken()}` };
  await using first = await connect(service.socketUrl, { headers });
  await first.next('authenticated');
  first.send({ type: 'auth', token: await makeToken() });
  await first.next('authenticated');
  await using second = await connect(service.socketUrl, { headers });
  expect((await second.closed).code).toBe(4009);
  await first.close();
  await service.nextLog('"code":1000');
  await using third = await connect(service.socketUrl, { headers });
  await third.next('authenticated');
});

test('sockets that go while they are being identified are not counted for ever', async () => {
  await using service = await startTestService({ env: jwtMode });
  const token = await makeToken();
  for (let n = 0; n < 20; n++) {
    const early = await connect(service.socketUrl);
    early.send({ type: 'auth', token });
    early.terminate();
    const late = await connect(service.socketUrl, { headers: { authorization: `Bearer ${token}` } });
    late.terminate();
    for (let closed = 0; closed < 2; closed++) await service.nextLog('socket closed');
  }
  await using stack = new AsyncDisposableStack();
  // The places of the last ones are given back a statement or two later.
  const isIn = async () => {
    const client = stack.use(await connect(service.socketUrl));
    client.send({ type: 'auth', token });
    return client.next('authenticated').then(
      () => true,
      () => false,
    );
  };
  for (let n = 0; n < 5; n++) await until(isIn);
});

test('a service may have as many sockets as it wants', async () => {
  await using service = await startTestService({ env: { ...jwtMode, LIMIT_SOCKETS_PER_USER: '1' } });
  const headers = { 'x-api-key': serviceKey };
  await using first = await connect(service.socketUrl, { headers });
  await using second = await connect(service.socketUrl, { headers });
  await first.next('authenticated');
  await second.next('authenticated');
});

test('the 129th channel is refused, and another one admitted once one is given up', async () => {
  await using service = await startTestService({ env: { LIMIT_FRAMES_PER_MINUTE: '1000' } });
  await using client = await joinAs(service, officer);
  for (let id = 1; id <= 129; id++) client.send({ type: 'subscribe', channel: `case:${id}`, id });
  expect(await client.next('error')).toMatchObject({
    code: 'too_many_channels',
    id: 129,
    channel: 'case:129',
  });
  client.send({ type: 'subscribe', channel: 'case:1' });
  client.send({ type: 'unsubscribe', channel: 'case:1' });
  client.send({ type: 'subscribe', channel: 'case:129' });
  await settle(client);
  expect(client.all('subscribed')).toHaveLength(130);
  expect(client.all('error')).toHaveLength(1);
});

test('10,000 frames in a burst are limited, then closed with 4008, and nobody else notices', async () => {
  await using service = await startTestService();
  await using bystander = await joinAs(service, { userId: 'captain1', role: 'captain' }, ['hearings']);
  await using flooder = await joinAs(service, officer, ['hearings']);
  for (let id = 0; id < 10_000; id++) flooder.send({ type: 'ping', id });
  await service.post('/ws/broadcast/hearing', { hearingId: 123, eventType: 'created' });
  expect(await bystander.next('hearing_update')).toMatchObject({ offset: 1 });
  expect((await flooder.closed).code).toBe(4008);
  expect(flooder.all('pong').length).toBeLessThanOrEqual(100);
  const errors = flooder.all('error');
  expect(errors.length).toBeLessThanOrEqual(21);
  for (const error of errors)
    expect(error).toMatchObject({ code: 'rate_limited', retryAfterMs: expect.any(Number) });
  await settle(bystander);
  expect(await service.get('/ws/status')).toMatchObject({ status: 200, body: { connectedClients: 1 } });
});

test('10,000 subscribes in a burst ask the database no more often than the limit', async () => {
  await using service = await startTestService();
  await using flooder = await joinAs(service, { userId: 'resident7' });
  const startedAt = performance.now();
  for (let n = 0; n < 10_000; n++) flooder.send({ type: 'subscribe', channel: 'case:456' });
  expect((await flooder.closed).code).toBe(4008);
  await service.nextLog('socket closed');
  // The allowance of 100 a minute refills while the burst is read.
  const refilled = Math.ceil((performance.now() - startedAt) / 600);
  expect(flooder.all('subscribed').length).toBeLessThanOrEqual(100 + refilled);
  expect(await service.get('/ws/status')).toMatchObject({
    body: { connectedClients: 0, activeChannels: [] },
  });
});

test('whoever spends the error budget is closed with 4008', async () => {
  await using service = await startTestService({ env: { LIMIT_ERRORS_PER_MINUTE: '3' } });
  await using client = await joinAs(service, officer);
  for (let n = 0; n < 10; n++) client.send('nonsense');
  expect((await client.closed).code).toBe(4008);
  expect(client.all('error')).toHaveLength(4);
});

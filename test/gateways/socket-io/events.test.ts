import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { type ConnectError, type Options, openSocketIo } from '../../support/clients/socket-io-client.ts';
import { jwtMode, makeToken, startTestService, type TestService } from '../../support/services/service.ts';
import { until } from '../../support/until.ts';

const officer = { userId: 'user123', role: 'officer' };

describe('in insecure mode', () => {
  let service: TestService;
  beforeAll(async () => {
    service = await startTestService();
  });
  afterAll(() => service[Symbol.asyncDispose]());
  const open = (options: Options = {}) =>
    openSocketIo(service.url, { transports: ['websocket'], ...options });
  const publish = () => service.post('/ws/broadcast/hearing', { hearingId: 123, eventType: 'updated' });

  test('a client that names nobody is the service, until an event says who it is', async () => {
    await using client = await open();
    const { clientId, ...greeting } = await client.next('connected');
    expect(greeting).toMatchObject({ type: 'connected', protocol: 'tambuli.v1', heartbeatMs: 25_000 });
    const service = { type: 'authenticated', clientId, userId: 'service', role: 'service' };
    expect(await client.next('authenticated')).toEqual(service);
    expect(await client.ask('subscribe', 'hearings')).toMatchObject({ type: 'subscribed' });
    const answer = { type: 'authenticated', clientId, ...officer };
    expect(await client.ask('authenticate', officer)).toEqual(answer);
    expect(await client.next('authenticated')).toEqual(answer);
    expect(await client.ask('auth', officer)).toEqual(answer);
    const other = { userId: 'user456', role: 'officer' };
    expect(await client.ask('auth', other)).toMatchObject({ code: 'forbidden' });
  });

  test('every answer goes to the acknowledgement, with the fields of the native protocol', async () => {
    await using client = await open({ auth: officer });
    expect(await client.ask('subscribe', 'hearings')).toMatchObject({
      type: 'subscribed',
      channel: 'hearings',
    });
    expect(await client.ask('subscribe', { channel: 'cases' })).toMatchObject({ channel: 'cases' });
    expect(await client.ask('ping')).toMatchObject({ type: 'pong', timestamp: expect.any(String) });
    expect(await client.ask('ping', { id: 7 })).toMatchObject({ type: 'pong', id: 7 });
    expect(await client.ask('sync_request', { channel: 'cases' })).toMatchObject({
      type: 'sync_response',
      publications: [],
    });
    expect(await client.ask('publish', { channel: 'hearings', type: 'x', data: 1 })).toMatchObject({
      code: 'forbidden',
      channel: 'hearings',
    });
    expect(await client.ask('unsubscribe', 'cases')).toEqual({ type: 'unsubscribed', channel: 'cases' });
    expect(client.all('error')).toEqual([]);
  });

  test('without an acknowledgement it is an event of its type, an error one called error', async () => {
    await using client = await open({ auth: officer });
    client.socket.emit('subscribe', 'hearings');
    client.socket.emit('subscribe', 'nothing');
    client.socket.emit('sync_request', { channel: 'hearings' });
    client.socket.emit('ping');
    expect(await client.next('subscribed')).toMatchObject({ channel: 'hearings' });
    expect(await client.next('error')).toMatchObject({ code: 'unknown_channel', channel: 'nothing' });
    expect(await client.next('sync_response')).toMatchObject({ channel: 'hearings' });
    await client.next('pong');
  });

  test('a publication is an event named by its type, and says last where the client then stands', async () => {
    await using client = await open({ auth: officer });
    await client.ask('subscribe', 'hearings');
    await client.ask('subscribe', 'cases');
    const { body } = await publish();
    const { offset } = body as { offset: number };
    const { args } = await client.nextEvent(({ name }) => name === 'hearing_update');
    expect(args).toHaveLength(2);
    expect(args[0]).toMatchObject({
      type: 'hearing_update',
      channel: 'hearings',
      eventType: 'updated',
      offset,
    });
    expect(args[1]).toMatch(new RegExp(`^cases@[0-9a-f]+:0,hearings@[0-9a-f]+:${offset}$`));
    await client.ask('unsubscribe', 'cases');
    await client.ask('ping');
    const [last] = client.all('position').slice(-1);
    expect(String(last)).toMatch(/^hearings@[^,]+$/);
  });

  test('events of one burst are handled in order, across awaits', async () => {
    await using client = await open();
    client.socket.emit('auth', officer);
    for (const channel of ['hearings', 'cases', 'nothing', 'notifications'])
      client.socket.emit('subscribe', channel);
    client.socket.emit('ping');
    await client.next('pong');
    expect(client.all('subscribed').map(({ channel }) => channel)).toEqual([
      'hearings',
      'cases',
      'notifications',
    ]);
    expect(client.all('error')).toMatchObject([{ code: 'unknown_channel' }]);
  });

  test('strange names, arguments and attachments are answered by an error and harm nobody', async () => {
    await using client = await open({ auth: officer });
    const names = ['connection', '__proto__', 'constructor', 'toString', 'error', '', 'end', '\u0000'];
    for (const name of names) {
      expect(await client.ask(name, { channel: 'hearings' })).toMatchObject({ code: 'unknown_type' });
    }
    expect(await client.ask('subscribe', Buffer.from('hearings'))).toMatchObject({ code: 'invalid_frame' });
    const deep = { channel: 'hearings', type: 'x', data: { inside: [Buffer.from('x')] } };
    expect(await client.ask('publish', deep)).toMatchObject({ code: 'invalid_frame' });
    for (const wrong of [undefined, null, 7, ['hearings'], {}, { channel: 7 }, '']) {
      expect(await client.ask('subscribe', wrong)).toMatchObject({ code: 'invalid_frame' });
    }
    expect(await client.ask('ping')).toMatchObject({ type: 'pong' });
  });

  test('there is one namespace', async () => {
    const elsewhere = openSocketIo(`${service.url}/elsewhere`, { transports: ['websocket'] });
    await expect(elsewhere).rejects.toThrow('Invalid namespace');
  });

  test('polling goes over to WebSocket without missing or repeating anything', async () => {
    await using client = await openSocketIo(service.url, { auth: officer });
    await client.ask('subscribe', 'hearings');
    const offsets: unknown[] = [];
    while (client.socket.io.engine.transport.name !== 'websocket' || offsets.length < 5) {
      const { body } = await publish();
      offsets.push((body as { offset: number }).offset);
    }
    await publish();
    for (const offset of offsets) expect(await client.next('hearing_update')).toMatchObject({ offset });
  });

  test('a session outlives many heartbeats', async () => {
    await using quick = await startTestService({ env: { HEARTBEAT_MS: '1000' } });
    const outlive = async (transport: 'websocket' | 'polling') => {
      await using client = await openSocketIo(quick.url, { transports: [transport], auth: officer });
      const beats: number[] = [];
      client.socket.io.engine.on('heartbeat', () => beats.push(1));
      await until(() => beats.length >= 4);
      expect(await client.ask('ping')).toMatchObject({ type: 'pong' });
      expect(client.all('disconnect')).toEqual([]);
    };
    await Promise.all([outlive('websocket'), outlive('polling')]);
  });
});

describe('with tokens', () => {
  let service: TestService;
  beforeAll(async () => {
    service = await startTestService({ env: { ...jwtMode, LIMIT_SOCKETS_PER_USER: '2' } });
  });
  afterAll(() => service[Symbol.asyncDispose]());
  const refusal = (options: Options) =>
    openSocketIo(service.url, options).then(
      () => undefined,
      (error: ConnectError) => error,
    );

  test.each(['websocket', 'polling'] as const)(
    'by %s, a good token connects from wherever it comes',
    async (name) => {
      const token = await makeToken();
      const places: Options[] = [
        { auth: { token } },
        { query: { token } },
        { extraHeaders: { authorization: `Bearer ${token}` } },
      ];
      for (const place of places) {
        await using client = await openSocketIo(service.url, { transports: [name], ...place });
        expect(await client.next('authenticated')).toMatchObject({
          userId: 'user123',
          expiresAt: expect.any(String),
        });
      }
    },
  );

  test.each(['websocket', 'polling'] as const)(
    'by %s, a bad one is a connect_error with code and frame',
    async (name) => {
      const transports = [name];
      const expired = await refusal({ transports, auth: { token: await makeToken({ expiresIn: -5 }) } });
      expect(expired?.message).toBe('token_expired');
      expect(expired?.data).toMatchObject({ type: 'error', code: 'token_expired', error: 'token_expired' });
      for (const auth of [{ token: 'nonsense' }, { userId: 'user123', role: 'admin' }]) {
        expect((await refusal({ transports, auth }))?.message).toBe('invalid_token');
      }
      for (const auth of [{ token: 7 }, { token: 'x', since: 'nonsense' }, { tenants: 'all' }]) {
        expect((await refusal({ transports, auth }))?.message).toBe('invalid_frame');
      }
      expect((await refusal({ transports, auth: { since: 'hearings@a:1' } }))?.message).toBe(
        'unauthenticated',
      );
      await until(async () => {
        const { body } = await service.get('/ws/status');
        return (body as { connectedClients: number }).connectedClients === 0;
      });
    },
  );

  test('one connection too many is refused with the time to come back after', async () => {
    const auth = { token: await makeToken({ user: 'busy' }) };
    await using _first = await openSocketIo(service.url, { auth });
    await using _second = await openSocketIo(service.url, { auth });
    const error = await refusal({ auth });
    expect(error?.message).toBe('too_many_connections');
    expect(error?.data).toMatchObject({ code: 'too_many_connections', retryAfterMs: 50_000 });
  });

  test('a refresh with a lesser role ends exactly the subscriptions that role may not have', async () => {
    await using client = await openSocketIo(service.url, { auth: { token: await makeToken({ user: 'r' }) } });
    await client.ask('subscribe', 'hearings');
    await client.ask('subscribe', 'notifications');
    const token = await makeToken({ user: 'r', role: 'resident' });
    expect(await client.ask('auth', { token })).toMatchObject({ role: 'resident' });
    const { args } = await client.nextEvent(({ name }) => name === 'unsubscribed');
    expect(args[0]).toEqual({ type: 'unsubscribed', channel: 'hearings', code: 'forbidden' });
    expect(args[1]).toMatch(/^notifications@[^,]+$/);
  });
});

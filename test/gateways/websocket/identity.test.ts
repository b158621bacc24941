import { expect, test } from 'bun:test';
import { type ConnectOptions, connect } from '../../support/clients/ws-client.ts';
import {
  jwtMode,
  makeToken,
  makeUnsignedToken,
  serviceKey,
  startTestService,
} from '../../support/services/service.ts';
import { settle } from '../../support/services/session.ts';

type Carry = (url: string, token: string) => readonly [url: string, options: ConnectOptions];

const upgrades: Record<string, Carry> = {
  'the Authorization header': (url, token) => [url, { headers: { authorization: `Bearer ${token}` } }],
  'the subprotocols': (url, token) => [url, { protocols: ['tambuli.v1', `bearer.${token}`] }],
  'the subprotocols, bearer first': (url, token) => [url, { protocols: [`bearer.${token}`, 'tambuli.v1'] }],
  'the address': (url, token) => [`${url}?token=${token}`, {}],
};
const checked = { ...jwtMode, JWT_AUDIENCE: 'tambuli', JWT_ISSUER: 'https://issuer.example' };
const good = { audience: 'tambuli', issuer: 'https://issuer.example' };

const badTokens: Record<string, readonly [code: string, make: () => Promise<string> | string]> = {
  expired: ['token_expired', () => makeToken({ ...good, expiresIn: -5 })],
  forged: ['invalid_token', () => makeToken({ ...good, secret: 'another-secret-of-more-than-32-bytes' })],
  unsigned: ['invalid_token', makeUnsignedToken],
  'for somebody else': ['invalid_token', () => makeToken({ ...good, audience: 'another' })],
  'of another issuer': ['invalid_token', () => makeToken({ ...good, issuer: 'https://evil.example' })],
  'without exp': ['invalid_token', () => makeToken({ ...good, expiresIn: null })],
  nonsense: ['invalid_token', () => 'nonsense'],
};

for (const [where, carry] of Object.entries(upgrades)) {
  test(`a good token in ${where} identifies the socket before its first frame`, async () => {
    await using service = await startTestService({ env: checked });
    const token = await makeToken(good);
    const [url, options] = carry(service.socketUrl, token);
    await using client = await connect(url, { implementation: 'ws', ...options });
    client.send({ type: 'subscribe', channel: 'hearings' });
    expect((await client.next()).type).toBe('connected');
    expect(await client.next()).toMatchObject({ type: 'authenticated', userId: 'user123', role: 'officer' });
    expect(await client.next()).toMatchObject({ type: 'subscribed', channel: 'hearings' });
    expect(client.protocol).toBe(options.protocols ? 'tambuli.v1' : '');
  });

  test(`a bad token in ${where} is answered by a frame and a close code`, async () => {
    await using service = await startTestService({ env: checked });
    for (const [name, [code, make]] of Object.entries(badTokens)) {
      const token = await make();
      const [url, options] = carry(service.socketUrl, token);
      await using client = await connect(url, { implementation: 'ws', ...options });
      const error = await client.next('error');
      expect({ name, code: error['code'], error: error['error'] }).toEqual({ name, code, error: code });
      expect(JSON.stringify(error)).not.toContain(token);
      expect((await client.closed).code).toBe(code === 'token_expired' ? 4002 : 4502);
      expect(client.protocol).toBe(options.protocols ? 'tambuli.v1' : '');
    }
  });
}

test('a bad token in the auth frame is an error, and the socket may try again', async () => {
  await using service = await startTestService({ env: checked });
  await using client = await connect(service.socketUrl);
  for (const [id, [code, make]] of Object.entries(badTokens)) {
    client.send({ type: 'auth', token: await make(), id });
    expect(await client.next('error')).toMatchObject({ code, error: code, id });
  }
  client.send({ type: 'subscribe', channel: 'hearings' });
  expect(await client.next('error')).toMatchObject({ code: 'unauthenticated' });
  client.send({ type: 'auth', token: await makeToken(good) });
  expect(await client.next('authenticated')).toMatchObject({ userId: 'user123' });
});

test('in jwt mode nobody is believed who only says who they are', async () => {
  await using service = await startTestService({ env: jwtMode });
  await using client = await connect(`${service.socketUrl}?userId=a&role=admin`, {
    headers: { 'x-user-id': 'a', 'x-role': 'admin' },
  });
  client.send({ type: 'auth', userId: 'user123', role: 'officer' });
  expect(await client.next('error')).toMatchObject({ code: 'invalid_token' });
  expect(client.all('authenticated')).toEqual([]);
  expect((await client.next('connected'))['warning']).toBeUndefined();
});

test('before anybody is identified nothing but ping is answered', async () => {
  await using service = await startTestService();
  await using client = await connect(service.socketUrl);
  const frames = [
    { type: 'subscribe', channel: 'hearings' },
    { type: 'subscribe', channel: 'no_such_channel' },
    { type: 'sync_request', channel: 'hearings' },
    { type: 'publish', channel: 'hearings', publicationType: 'x', data: 1 },
  ];
  for (const frame of frames) client.send(frame);
  await settle(client);
  expect(client.all('error').map(({ code }) => code)).toEqual(frames.map(() => 'unauthenticated'));
  expect(client.all('subscribed')).toEqual([]);
});

test('insecure mode warns in `connected`, and believes the address and the headers too', async () => {
  await using service = await startTestService();
  await using byAddress = await connect(`${service.socketUrl}?userId=a&role=officer`);
  expect((await byAddress.next('connected'))['warning']).toContain('insecure');
  expect(await byAddress.next('authenticated')).toMatchObject({ userId: 'a', role: 'officer' });
  await using byHeader = await connect(service.socketUrl, { headers: { 'x-user-id': 'b' } });
  expect(await byHeader.next('authenticated')).toMatchObject({ userId: 'b', role: 'user' });
});

test('a wrong service key at the upgrade closes with 4502', async () => {
  await using service = await startTestService({ env: jwtMode });
  await using client = await connect(service.socketUrl, { headers: { 'x-api-key': `${serviceKey}!` } });
  expect(await client.next('error')).toMatchObject({ code: 'invalid_token' });
  expect((await client.closed).code).toBe(4502);
});

test('who identifies nobody in time is told and closed with 4005', async () => {
  await using service = await startTestService({ env: { AUTH_TIMEOUT_MS: '60' } });
  await using busy = await connect(service.socketUrl);
  busy.send({ type: 'ping' });
  expect(await busy.next('error')).toMatchObject({ code: 'auth_timeout' });
  expect((await busy.closed).code).toBe(4005);
});

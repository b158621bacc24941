import { expect, test } from 'bun:test';
import { createAuthenticator } from '../../src/auth/authenticator.ts';
import type { ServiceKey } from '../../src/auth/service-key.ts';
import { type Principal, servicePrincipal } from '../../src/realtime/principal.ts';
import { failureOf, hourMs, movableClock, secret, signToken } from './support.ts';

const clock = movableClock();
const serviceApiKey = 'service-key-0123456789abcdef';
const serviceKeys: readonly ServiceKey[] = [
  { id: 'billing', key: serviceApiKey, scopes: ['publish', 'read'] },
  { id: 'next', key: `${serviceApiKey}-next`, scopes: ['operate'] },
];
const billing = { ...servicePrincipal, key: { id: 'billing', scopes: ['publish', 'read'] } };
const checked = createAuthenticator({
  auth: { mode: 'jwt' },
  secrets: { jwtKeys: [{ secret }], serviceKeys },
  clock,
});
const trusting = createAuthenticator({ auth: { mode: 'insecure' }, secrets: { jwtKeys: [] }, clock });
const mixed = createAuthenticator({
  auth: { mode: 'insecure' },
  secrets: { jwtKeys: [{ secret }], serviceKeys },
  clock,
});

const token = await signToken({
  sub: 'user123',
  role: 'officer',
  exp: Math.floor((clock.now() + hourMs) / 1000),
});
const officer = { userId: 'user123', role: 'officer' };
const request = (headers: Record<string, string> = {}, query = '') =>
  new Request(`http://localhost/ws/realtime${query}`, { headers });

test.each([
  ['an Authorization header', request({ authorization: `bearer ${token}` })],
  ['the subprotocol list', request({ 'sec-websocket-protocol': `tambuli.v1, bearer.${token}` })],
  ['the address', request({}, `?token=${token}`)],
])('a token in %s identifies an upgrade and a request', async (_, from) => {
  expect(await checked.fromUpgrade(from)).toMatchObject(officer);
  expect(await checked.fromRequest(from)).toMatchObject(officer);
});

test('an upgrade that names nobody waits for the auth frame, a request is refused', async () => {
  for (const nobody of [request(), request({ authorization: 'Basic abc' }, '?userId=boss&role=admin')]) {
    expect(await checked.fromUpgrade(nobody)).toBeUndefined();
    expect((await failureOf(checked.fromRequest(nobody))).code).toBe('unauthenticated');
  }
});

test.each([
  ['a forged token', request({ authorization: 'Bearer a.b.c' })],
  ['no token after Bearer', request({ authorization: 'Bearer ' })],
  ['an empty token in the address', request({}, '?token=')],
  ['a wrong service key', request({ 'x-api-key': `${serviceApiKey}0` })],
  ['an empty service key', request({ 'x-api-key': '' })],
  [
    'a bad token beside the right service key',
    request({ authorization: 'Bearer x', 'x-api-key': serviceApiKey }),
  ],
])('%s is refused everywhere', async (_, from) => {
  for (const failure of [
    await failureOf(Promise.resolve(checked.fromUpgrade(from))),
    await failureOf(checked.fromRequest(from)),
  ]) {
    expect(failure.code).toBe('invalid_token');
    expect(failure.message).not.toContain(serviceApiKey);
  }
});

test('the service key makes a service, and none is accepted when none is configured', async () => {
  const from = request({ 'x-api-key': serviceApiKey });
  expect(await checked.fromRequest(from)).toEqual(billing as Principal);
  expect(await checked.fromUpgrade(from)).toEqual(billing as Principal);
  const next = request({ 'x-api-key': `${serviceApiKey}-next` });
  expect(await checked.fromRequest(next)).toMatchObject({
    service: true,
    key: { id: 'next', scopes: ['operate'] },
  });
  const keyless = createAuthenticator({ auth: { mode: 'jwt' }, secrets: { jwtKeys: [{ secret }] }, clock });
  expect((await failureOf(keyless.fromRequest(from))).code).toBe('invalid_token');
});

test('an auth frame needs a token where tokens are checked', async () => {
  expect(await checked.fromFrame({ token, userId: 'boss', role: 'admin' })).toMatchObject(officer);
  const failure = await failureOf(checked.fromFrame({ userId: 'boss', role: 'admin' }));
  expect(failure).toMatchObject({ code: 'invalid_token' });
  expect(failure.message).toContain('"token"');
});

test('insecure mode believes the frame, the address and the headers', async () => {
  const named = { userId: 'user123', role: 'officer', tenants: ['a', 'b'] };
  expect(await trusting.fromFrame(named)).toEqual(named);
  expect(await trusting.fromFrame({ userId: 'u', token: 'anything' })).toEqual({
    userId: 'u',
    role: 'user',
    tenants: [],
  });
  const forms = [
    request({}, '?userId=user123&role=officer&tenants=a,b'),
    request({ 'x-user-id': 'user123', 'x-role': 'officer', 'x-tenants': 'a, b' }),
  ];
  for (const from of forms) {
    expect(await trusting.fromRequest(from)).toEqual(named);
    expect(await trusting.fromUpgrade(from)).toEqual(named);
  }
});

test('in insecure mode a request that names nobody is the service, an upgrade is nobody yet', async () => {
  expect(await trusting.fromRequest(request())).toEqual(servicePrincipal);
  expect(await trusting.fromRequest(request({ 'x-api-key': 'whatever' }))).toEqual(servicePrincipal);
  expect(await trusting.fromUpgrade(request())).toBeUndefined();
  expect(await trusting.fromUpgrade(request({ authorization: `Bearer ${token}` }))).toBeUndefined();
});

test('in insecure mode a token that nobody can check says no more than none', async () => {
  for (const from of [request({ authorization: `Bearer ${token}` }), request({}, '?token=JWT')]) {
    expect(await trusting.fromRequest(from)).toEqual(servicePrincipal);
  }
  expect(await trusting.fromFrame({ token })).toEqual(servicePrincipal);
});

test('insecure mode says which name is wrong', async () => {
  expect((await failureOf(trusting.fromFrame({}))).code).toBe('invalid_frame');
  expect((await failureOf(trusting.fromFrame({ userId: 'a\0' }))).message).toContain('"userId"');
  const roleOnly = await failureOf(trusting.fromRequest(request({}, '?role=admin')));
  expect(roleOnly).toMatchObject({ code: 'validation_failed', status: 422 });
  expect(roleOnly.message).toContain('"userId"');
  expect((await failureOf(Promise.resolve(trusting.fromUpgrade(request({}, '?userId=%00'))))).code).toBe(
    'validation_failed',
  );
});

test('insecure mode with keys checks the tokens and service keys it gets', async () => {
  expect(await mixed.fromFrame({ token })).toMatchObject(officer);
  expect(await mixed.fromFrame({ userId: 'u' })).toMatchObject({ userId: 'u' });
  expect((await failureOf(mixed.fromRequest(request({ 'x-api-key': 'wrong' })))).code).toBe('invalid_token');
  expect((await failureOf(mixed.fromRequest(request({}, '?userId=u&token=a.b.c')))).code).toBe(
    'invalid_token',
  );
});

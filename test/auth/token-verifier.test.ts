import { expect, test } from 'bun:test';
import { type JWTPayload, UnsecuredJWT } from 'jose';
import { createTokenVerifier } from '../../src/auth/token-verifier.ts';
import { failureOf, hourMs, movableClock, secret, signToken } from './support.ts';

const clock = movableClock();
const inSeconds = (ms: number) => Math.floor((clock.now() + ms) / 1000);
const good = {
  sub: 'user123',
  role: 'officer',
  iss: 'https://id.example',
  aud: 'tambuli',
  exp: inSeconds(hourMs),
};
const verify = createTokenVerifier({
  keys: [{ secret }],
  issuer: 'https://id.example',
  audience: 'tambuli',
  clock,
});
const without = (claim: keyof typeof good): JWTPayload => ({ ...good, [claim]: undefined });

test('a good token proves user, role, tenants, expiry and issue', async () => {
  expect(await verify(await signToken({ ...good, iat: 1_700_000_000, tenants: ['a', 'b'] }))).toEqual({
    userId: 'user123',
    role: 'officer',
    tenants: ['a', 'b'],
    expiresAt: good.exp * 1000,
    issuedAt: 1_700_000_000_000,
  });
  expect(await verify(await signToken(good))).toMatchObject({ issuedAt: 0 });
  expect(await verify(await signToken(without('role')))).toMatchObject({ role: 'user', tenants: [] });
});

test.each<[string, JWTPayload, string]>([
  ['another issuer', { ...good, iss: 'https://evil.example' }, '"iss"'],
  ['another audience', { ...good, aud: ['shop', 'blog'] }, '"aud"'],
  ['no issuer', without('iss'), '"iss"'],
  ['no audience', without('aud'), '"aud"'],
  ['no expiry', without('exp'), '"exp"'],
  ['no subject', without('sub'), '"sub"'],
  ['an empty subject', { ...good, sub: '' }, '"sub"'],
  ['a subject that is a number', { ...good, sub: 7 as unknown as string }, '"sub"'],
  ['NUL in the subject', { ...good, sub: 'user\0' }, '"sub"'],
  ['half a surrogate pair in the subject', { ...good, sub: 'user\ud800' }, '"sub"'],
  ['an endless subject', { ...good, sub: 'x'.repeat(201) }, '"sub"'],
  ['a role that is a list', { ...good, role: ['admin'] }, '"role"'],
  ['tenants that are a text', { ...good, tenants: 'a' }, '"tenants"'],
  ['a tenant that is a number', { ...good, tenants: ['a', 1] }, '"tenants"'],
  ['an issue in the future', { ...good, iat: inSeconds(60_000) }, '"iat"'],
  ['an issue in milliseconds', { ...good, iat: clock.now() }, '"iat"'],
  ['an issue that is a text', { ...good, iat: 'today' as unknown as number }, '"iat"'],
  ['an issue before time', { ...good, iat: -1 }, '"iat"'],
  ['an endless issue', { ...good, iat: Number.MAX_VALUE }, '"iat"'],
  ['an expiry in milliseconds', { ...good, exp: clock.now() + hourMs }, '"exp"'],
  ['an expiry that no date can hold', { ...good, exp: 9_999_999_999_999 }, '"exp"'],
  ['an endless expiry', { ...good, exp: Number.MAX_VALUE }, '"exp"'],
  ['an expiry that is a text', { ...good, exp: '1' as unknown as number }, '"exp"'],
  ['a start in the future', { ...good, nbf: inSeconds(60_000) }, '"nbf"'],
])('a token with %s is invalid, and the message names the claim', async (_, claims, named) => {
  const failure = await failureOf(verify(await signToken(claims)));
  expect(failure.code).toBe('invalid_token');
  expect(failure.message).toContain(named);
});

test('a token is over at the second it says, while nbf forgives a clock that is 5 s ahead', async () => {
  const token = await signToken({ ...good, exp: inSeconds(0), nbf: inSeconds(5000) });
  expect((await failureOf(verify(token))).code).toBe('token_expired');
  expect(
    await verify(await signToken({ ...good, exp: inSeconds(1000), nbf: inSeconds(5000) })),
  ).toBeDefined();
});

test('an issuer whose clock is a little ahead issues now, so that a revocation finds the token', async () => {
  const principal = await verify(await signToken({ ...good, iat: inSeconds(4000) }));
  expect(principal.issuedAt).toBe(clock.now());
  expect(await verify(await signToken({ ...good, exp: 253_402_300_799 }))).toMatchObject({
    expiresAt: 253_402_300_799_000,
  });
});

test('an expired token is told from a bad one', async () => {
  const token = await signToken({ ...good, exp: inSeconds(-hourMs) });
  expect((await failureOf(verify(token))).code).toBe('token_expired');
});

test('forged, unsigned, foreign and garbage tokens are invalid, and nothing of them is repeated', async () => {
  const token = await signToken(good);
  const [header, , signature] = token.split('.');
  const admin = Buffer.from(JSON.stringify({ ...good, role: 'admin' })).toString('base64url');
  const tokens = [
    new UnsecuredJWT(good).encode(),
    `${Buffer.from('{"alg":"none"}').toString('base64url')}.${admin}.${signature}`,
    `${Buffer.from('{"alg":["HS256"]}').toString('base64url')}.${admin}.${signature}`,
    `${header}.${admin}.${signature}`,
    await signToken(good, `${secret}!`),
    await signToken(good, 'x'.repeat(64), { alg: 'HS512' }),
    'x'.repeat(100_000),
    'a.b.c',
    '..',
    '\0',
    'ü.é.…',
  ];
  for (const bad of tokens) {
    const failure = await failureOf(verify(bad));
    expect(failure.code).toBe('invalid_token');
    expect(failure.message.length).toBeLessThan(120);
    if (bad.length > 3) expect(failure.message).not.toContain(bad.slice(0, 20));
  }
});

test('a token too long to be one is refused unread, also with a good signature', async () => {
  const failure = await failureOf(verify(await signToken({ ...good, padding: 'x'.repeat(100_000) })));
  expect(failure).toMatchObject({ code: 'invalid_token' });
  expect(failure.message).toContain('longer');
});

test('keys rotate: the key id selects, all of them verify, an unknown id does not', async () => {
  const old = `${secret}-old`;
  const rotating = createTokenVerifier({
    keys: [
      { kid: 'new', secret },
      { kid: 'old', secret: old },
    ],
    clock,
  });
  const signed = (key: string, kid?: string) => signToken(good, key, { alg: 'HS256', ...(kid && { kid }) });
  expect(await rotating(await signed(secret, 'new'))).toBeDefined();
  expect(await rotating(await signed(old, 'old'))).toBeDefined();
  expect(await rotating(await signed(old))).toBeDefined();
  expect((await failureOf(rotating(await signed(old, 'new')))).message).toContain('signature');
  expect((await failureOf(rotating(await signed(secret, 'gone')))).message).toMatch(/\bkid\b/);
  expect((await failureOf(rotating(await signed(`${old}er`)))).code).toBe('invalid_token');
});

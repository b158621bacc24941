import { afterEach, expect, setSystemTime, test } from 'bun:test';
import { type CryptoKey, exportJWK, exportSPKI, generateKeyPair, type JWK } from 'jose';
import { createTokenVerifier } from '../../src/auth/token-verifier.ts';
import { failureOf, hourMs, movableClock, secret, signToken } from './support.ts';

interface Pair {
  readonly privateKey: CryptoKey;
  readonly publicKey: CryptoKey;
  readonly jwk: JWK;
}

async function pair(alg: string, kid?: string): Promise<Pair> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  return { privateKey, publicKey, jwk: { ...(await exportJWK(publicKey)), alg, ...(kid && { kid }) } };
}

/** An identity provider on a free port whose answer a test decides. */
function provider(...first: Pair[]) {
  const state = { keys: first.map(({ jwk }) => jwk), up: true, requests: 0 };
  const server = Bun.serve({
    port: 0,
    fetch() {
      state.requests += 1;
      return state.up ? Response.json({ keys: state.keys }) : new Response('down', { status: 503 });
    },
  });
  return Object.assign(state, {
    url: `http://localhost:${server.port}/jwks`,
    [Symbol.asyncDispose]: () => server.stop(true),
  });
}

const clock = movableClock();
const claims = { sub: 'user123', exp: Math.floor((clock.now() + hourMs) / 1000) };
const sign = ({ privateKey, jwk }: Pair) =>
  signToken(claims, privateKey, { alg: jwk.alg ?? '', ...(jwk.kid && { kid: jwk.kid }) });

// jose reads the system's time for the age of its cache.
afterEach(() => {
  setSystemTime();
});

test.each(['RS256', 'PS256', 'ES256', 'EdDSA'])(
  'a token signed with %s is checked with the public keys',
  async (alg) => {
    const key = await pair(alg, 'one');
    await using idp = provider(key);
    const verify = createTokenVerifier({ keys: [], jwksUrl: idp.url, clock });
    expect(await verify(await sign(key))).toMatchObject({ userId: 'user123' });
    expect((await failureOf(verify(await sign(await pair(alg, 'one'))))).message).toContain('signature');
  },
);

test('a public key never serves as an HS256 secret, also beside real secrets', async () => {
  const key = await pair('RS256', 'one');
  await using idp = provider(key);
  const forged = [
    await signToken(claims, await exportSPKI(key.publicKey), { alg: 'HS256', kid: 'one' }),
    await signToken(claims, JSON.stringify(key.jwk), { alg: 'HS256', kid: 'one' }),
  ];
  for (const keys of [[], [{ secret }]]) {
    const verify = createTokenVerifier({ keys, jwksUrl: idp.url, clock });
    for (const token of forged) expect((await failureOf(verify(token))).code).toBe('invalid_token');
    expect(await verify(await sign(key))).toBeDefined();
  }
  expect(
    await createTokenVerifier({ keys: [{ secret }], jwksUrl: idp.url, clock })(await signToken(claims)),
  ).toBeDefined();
  const secretsOnly = createTokenVerifier({ keys: [{ secret }], clock });
  expect((await failureOf(secretsOnly(await sign(key)))).message).toContain('algorithm');
});

test('without a key id every public key of the algorithm is tried', async () => {
  const [first, second] = [await pair('ES256'), await pair('ES256')];
  await using idp = provider(first, second);
  const verify = createTokenVerifier({ keys: [], jwksUrl: idp.url, clock });
  expect(await verify(await sign(second))).toBeDefined();
  expect((await failureOf(verify(await sign(await pair('ES256'))))).code).toBe('invalid_token');
});

test('a new key of the provider is found, and unknown ids cannot make the server ask again and again', async () => {
  const [old, next] = [await pair('ES256', 'old'), await pair('ES256', 'next')];
  await using idp = provider(old);
  const verify = createTokenVerifier({ keys: [], jwksUrl: idp.url, clock });
  expect(await verify(await sign(old))).toBeDefined();
  for (let i = 0; i < 5; i += 1)
    expect((await failureOf(verify(await sign(next)))).message).toMatch(/\bkid\b/);
  expect(idp.requests).toBe(1);
  idp.keys = [next.jwk];
  setSystemTime(Date.now() + 31_000);
  expect(await verify(await sign(next))).toBeDefined();
  expect((await failureOf(verify(await sign(old)))).message).toMatch(/\bkid\b/);
  expect(idp.requests).toBe(2);
});

test('a provider that is down from the start is a failure to retry, asked seldom, and healed by itself', async () => {
  const key = await pair('ES256', 'one');
  await using idp = provider(key);
  idp.up = false;
  const moving = movableClock();
  const verify = createTokenVerifier({ keys: [], jwksUrl: idp.url, clock: moving });
  const token = await sign(key);
  for (let i = 0; i < 5; i += 1) {
    const failure = await failureOf(verify(token));
    expect(failure).toMatchObject({
      code: 'identity_unavailable',
      status: 503,
      shouldRetry: true,
      retryAfterMs: 5000,
    });
  }
  expect(idp.requests).toBe(1);
  idp.up = true;
  moving.advance(5000);
  expect(await verify(token)).toBeDefined();
});

test('in an outage the last known keys serve, and a token with a new key is to be retried', async () => {
  const [key, next] = [await pair('ES256', 'one'), await pair('ES256', 'two')];
  await using idp = provider(key);
  const verify = createTokenVerifier({ keys: [], jwksUrl: idp.url, clock });
  expect(await verify(await sign(key))).toBeDefined();
  idp.up = false;
  setSystemTime(Date.now() + hourMs);
  expect(await verify(await sign(key))).toBeDefined();
  expect((await failureOf(verify(await sign(next)))).code).toBe('identity_unavailable');
  expect((await failureOf(verify(`${(await sign(key)).slice(0, -20)}AAAAAAAAAAAAAAAAAAAA`))).code).toBe(
    'invalid_token',
  );
  expect(idp.requests).toBe(2);
});

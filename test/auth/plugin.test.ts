import { expect, test } from 'bun:test';
import { treaty } from '@elysiajs/eden';
import { Elysia, t } from 'elysia';
import { createAuthenticator } from '../../src/auth/authenticator.ts';
import { authPlugin } from '../../src/auth/plugin.ts';
import { AppError } from '../../src/errors.ts';
import { serviceScopes } from '../../src/realtime/principal.ts';
import { hourMs, movableClock, secret, signToken } from './support.ts';

const clock = movableClock();
const serviceApiKey = 'service-key-0123456789abcdef';
const serviceKeys = serviceScopes.map((scope) => ({
  id: scope,
  key: scope === 'publish' ? serviceApiKey : `${serviceApiKey}-${scope}`,
  scopes: [scope],
}));
const authenticator = createAuthenticator({
  auth: { mode: 'jwt' },
  secrets: { jwtKeys: [{ secret }], serviceKeys },
  clock,
});

function createApp(calls: { identified: number } = { identified: 0 }) {
  const counting = {
    ...authenticator,
    fromRequest(request: Request) {
      calls.identified += 1;
      return authenticator.fromRequest(request);
    },
  };
  return new Elysia()
    .onError(({ error }) =>
      error instanceof AppError ? Response.json({ code: error.code }, { status: error.status }) : undefined,
    )
    .use(authPlugin(counting, () => undefined))
    .post('/broadcast', ({ principal, body }) => ({ by: principal.userId, body }), {
      allow: ['officer', 'admin'],
      body: t.Object({ id: t.Number() }),
    })
    .get('/me', ({ principal }) => principal, { allow: [] })
    .get('/open', () => 'open')
    .post('/end', ({ principal }) => principal, { operate: ['admin'] })
    .get('/numbers', ({ principal }) => principal, { operate: ['admin'] });
}

const tokenOf = (role: string, tenants: readonly string[] = []) =>
  signToken({ sub: `${role}-1`, role, tenants, exp: Math.floor((clock.now() + hourMs) / 1000) });

async function post(headers: Record<string, string>, body: unknown = { id: 1 }) {
  const response = await createApp().handle(
    new Request('http://localhost/broadcast', {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    }),
  );
  return { status: response.status, body: await response.json() };
}

test('a role on the list passes and the handler knows who it is', async () => {
  const answer = await post({ authorization: `Bearer ${await tokenOf('officer')}` });
  expect(answer).toEqual({ status: 200, body: { by: 'officer-1', body: { id: 1 } } });
});

test('a service passes every list', async () => {
  expect(await post({ 'x-api-key': serviceApiKey })).toMatchObject({ status: 200, body: { by: 'service' } });
});

test('a role that only calls itself service does not', async () => {
  const answer = await post({ authorization: `Bearer ${await tokenOf('service')}` });
  expect(answer).toEqual({ status: 403, body: { code: 'forbidden' } });
});

test('strangers and other roles are refused before the body is looked at', async () => {
  expect(await post({}, {})).toEqual({ status: 401, body: { code: 'unauthenticated' } });
  expect(await post({ authorization: 'Bearer x' }, {})).toEqual({
    status: 401,
    body: { code: 'invalid_token' },
  });
  const citizen = { authorization: `Bearer ${await tokenOf('user')}` };
  expect(await post(citizen, {})).toEqual({ status: 403, body: { code: 'forbidden' } });
  expect((await post({ 'x-api-key': serviceApiKey }, {})).status).toBe(422);
});

test('an empty list admits everybody who is identified, once per request, and other routes stay open', async () => {
  const calls = { identified: 0 };
  const client = treaty(createApp(calls));
  const { data } = await client.me.get({ headers: { authorization: `Bearer ${await tokenOf('user')}` } });
  const role: string | undefined = data && 'role' in data ? data.role : undefined;
  expect(role).toBe('user');
  expect(calls.identified).toBe(1);
  expect((await client.me.get()).status).toBe(401);
  expect((await client.open.get()).data).toBe('open');
});

test('a service key is good for its scopes alone', async () => {
  const routes = [
    ['publish', 'POST', '/broadcast'],
    ['read', 'GET', '/me'],
    ['operate', 'POST', '/end'],
    ['operate', 'GET', '/numbers'],
  ] as const;
  for (const { key, scopes } of serviceKeys) {
    for (const [scope, method, path] of routes) {
      const response = await createApp().handle(
        new Request(`http://localhost${path}`, {
          method,
          headers: { 'x-api-key': key, 'content-type': 'application/json' },
          ...(method === 'POST' && { body: '{"id":1}' }),
        }),
      );
      expect([scopes, path, response.status]).toEqual([scopes, path, scopes.includes(scope) ? 200 : 403]);
    }
  }
});

test('a route of the operator is closed to roles that are not named', async () => {
  for (const [role, status] of [
    ['admin', 200],
    ['officer', 403],
  ] as const) {
    const headers = { authorization: `Bearer ${await tokenOf(role)}` };
    const response = await createApp().handle(new Request('http://localhost/numbers', { headers }));
    expect(response.status).toBe(status);
  }
});

test('a route of the operator is closed to the administrator of a tenant', async () => {
  const headers = { authorization: `Bearer ${await tokenOf('admin', ['org456'])}` };
  const ask = (path: string) => createApp().handle(new Request(`http://localhost${path}`, { headers }));
  expect((await ask('/numbers')).status).toBe(403);
  expect((await ask('/me')).status).toBe(200);
});

test('a role counts in any spelling of an identity provider, and a route with another than lower case is refused', async () => {
  for (const role of ['Officer', 'OFFICER']) {
    expect(await post({ authorization: `Bearer ${await tokenOf(role)}` })).toMatchObject({ status: 200 });
  }
  const app = () =>
    new Elysia().use(authPlugin(authenticator, () => undefined)).get('/x', () => 1, { allow: ['Officer'] });
  expect(app).toThrow('"Officer"');
});

import { afterAll, beforeAll, expect, test } from 'bun:test';
import type { TSchema } from '@sinclair/typebox';
import { school } from '../../../src/domains/school/index.ts';
import { localPath } from '../../../src/files/local-store.ts';
import { isListParameter } from '../../../src/protocol/schemas/list-parameter.ts';
import {
  type DeclaredRoute,
  startWholeService,
  type WholeService,
} from '../../support/documents/declared-schemas.ts';
import { sampleOf, samplesOf } from '../../support/documents/samples.ts';
import { jwtMode, makeToken, serviceKey } from '../../support/services/service.ts';

let service: WholeService;
beforeAll(async () => {
  service = await startWholeService({ env: { ...jwtMode, LIMIT_REQUESTS_PER_MINUTE: '1000000' } });
});
afterAll(() => service[Symbol.asyncDispose]());

const strange = 'targetRole';

/** Routes of the app that take a request of their own; sockets, their handshakes and the targets of signed links are none. */
const routes = () =>
  service.routes.filter(
    ({ method, path }) => !['WS', 'ALL', 'OPTIONS'].includes(method) && path !== localPath,
  );
const writing = () => routes().filter(({ method }) => method !== 'GET');

function addressOf({ path, takes }: DeclaredRoute): string {
  const params = takes.params ? (sampleOf(takes.params) as Record<string, unknown>) : {};
  return path.replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(String(params[name] ?? 'a')));
}

function call(route: DeclaredRoute, query: string, body?: unknown): Promise<Response> {
  return fetch(service.url + addressOf(route) + query, {
    method: route.method,
    headers: { 'x-api-key': serviceKey, ...(body !== undefined && { 'content-type': 'application/json' }) },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
}

async function fieldsOf(answer: Response): Promise<string[]> {
  const { errors = [] } = (await answer.json()) as { errors?: readonly { readonly field: string }[] };
  return errors.map(({ field }) => field);
}

test('every route that writes is looked at, of every domain', () => {
  expect(writing().length).toBeGreaterThan(40);
});

test('a field that a route does not know is refused, on every route that takes JSON', async () => {
  const lenient: string[] = [];
  for (const route of writing().filter(({ path }) => !school.forms?.includes(path))) {
    const { status } = await call(route, '', { [strange]: ['admin'] });
    if (status !== 422) lenient.push(`${route.method} ${route.path}: ${status}`);
  }
  expect(lenient).toEqual([]);
});

test('so is, by its name, one at any depth of an otherwise right body', async () => {
  const lenient: string[] = [];
  for (const route of writing()) {
    for (const sample of route.takes.body ? samplesOf(route.takes.body) : []) {
      for (const [path, body] of withStrangers(route.takes.body as TSchema, sample)) {
        const answer = await call(route, '', body);
        const isRefused = answer.status === 422 && (await fieldsOf(answer)).includes(path);
        if (!isRefused) lenient.push(`${route.method} ${route.path} ${path}: ${answer.status}`);
      }
    }
  }
  expect(lenient).toEqual([]);
});

test('a parameter that a route does not know is refused, on every route that writes or declares some', async () => {
  const lenient: string[] = [];
  for (const route of routes()) {
    if (route.method === 'GET' && !route.takes.query) continue;
    const answer = await call(route, `?${strange}=admin`);
    const isRefused = answer.status === 422 && (await fieldsOf(answer)).includes(strange);
    if (!isRefused) lenient.push(`${route.method} ${route.path}: ${answer.status}`);
  }
  expect(lenient).toEqual([]);
});

test('a stranger learns nothing of what a route takes', async () => {
  const open: string[] = [];
  for (const route of writing()) {
    const init = { method: route.method, headers: { 'content-type': 'application/json' } };
    const answer = await fetch(service.url + addressOf(route), {
      ...init,
      body: JSON.stringify({ [strange]: 1 }),
    });
    if (answer.status !== 401) open.push(`${route.method} ${route.path}: ${answer.status}`);
  }
  expect(open).toEqual([]);
});

test('the token is a parameter of every route, who one is only where nobody checks it', async () => {
  const token = await makeToken();
  const body = { channel: 'hearings', type: 'note', data: 1 };
  const headers = { 'content-type': 'application/json' };
  const post = (query: string) =>
    fetch(`${service.url}/api/realtime/publish?${query}`, {
      method: 'POST',
      headers,
      body: JSON.stringify(body),
    });
  expect((await post(`token=${token}`)).status).toBe(403);
  const answer = await post(`token=${token}&role=admin`);
  expect(answer.status).toBe(422);
  expect(await fieldsOf(answer)).toEqual(['role']);
});

test('what data holds is nobody’s to know', async () => {
  const publish = service.routes.find(({ path }) => path === '/api/realtime/publish') as DeclaredRoute;
  const data = { [strange]: 1, deep: [{ [strange]: { __proto__: 1 } }] };
  expect((await call(publish, '', { channel: 'hearings', type: 'note', data })).status).toBe(200);
});

/** The value with a strange field in one of its objects that have fields of their own, each in turn. */
function* withStrangers(schema: TSchema, value: unknown, path = ''): Generator<[string, unknown]> {
  const at = (name: string) => (path === '' ? name : `${path}.${name}`);
  if (typeof value !== 'object' || value === null) return;
  const shape = schema as {
    properties?: Record<string, TSchema>;
    items?: TSchema;
    anyOf?: readonly TSchema[];
  };
  if (shape.anyOf) {
    const alternative = shape.anyOf.find((each) =>
      samplesOf(each).some((sample) => Bun.deepEquals(sample, value)),
    );
    if (alternative) yield* withStrangers(alternative, value, path);
  } else if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) {
      for (const [inner, changed] of shape.items ? withStrangers(shape.items, item, at(String(index))) : []) {
        yield [inner, value.with(index, changed)];
      }
    }
  } else if (shape.properties) {
    yield [at(strange), { ...value, [strange]: 1 }];
    for (const [name, item] of Object.entries(value)) {
      const known = shape.properties[name];
      for (const [inner, changed] of known ? withStrangers(known, item, at(name)) : []) {
        yield [inner, { ...value, [name]: changed }];
      }
    }
  }
}

test('a parameter that is given twice is refused on every route that declares it, unless it is a list', async () => {
  let checked = 0;
  for (const route of routes()) {
    const properties =
      (route.takes.query as { properties?: Record<string, TSchema> } | undefined)?.properties ?? {};
    for (const [name, schema] of Object.entries(properties)) {
      const value = encodeURIComponent(String(sampleOf(schema)));
      const answer = await call(route, `?${name}=${value}&${name}=${value}`);
      const said = answer.status === 422 ? await fieldsOf(answer) : [];
      if (answer.status !== 422) await answer.body?.cancel();
      expect([route.path, name, said.includes(name)]).toEqual([route.path, name, !isListParameter(schema)]);
      checked += 1;
    }
  }
  expect(checked).toBeGreaterThan(30);
});

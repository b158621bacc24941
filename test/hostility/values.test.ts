import { afterAll, beforeAll, expect, test } from 'bun:test';
import type { TSchema } from '@sinclair/typebox';
import { connect } from '../support/clients/ws-client.ts';
import {
  type DeclaredRoute,
  startWholeService,
  type WholeService,
} from '../support/documents/declared-schemas.ts';
import { sampleOf, samplesOf } from '../support/documents/samples.ts';
import { jwtMode, makeToken, serviceKey } from '../support/services/service.ts';

const unlimited = {
  LIMIT_REQUESTS_PER_MINUTE: '1000000',
  LIMIT_FRAMES_PER_MINUTE: '1000000',
  LIMIT_ERRORS_PER_MINUTE: '1000000',
  LIMIT_STREAMS_PER_USER: '10000',
};

let service: WholeService;
beforeAll(async () => {
  service = await startWholeService({ env: { ...jwtMode, ...unlimited } });
});
afterAll(() => service[Symbol.asyncDispose]());

/** Values that columns of texts, times and ids cannot take, or only just. */
const texts: readonly string[] = [
  '\0',
  'a\ud800',
  '',
  'x'.repeat(20_000),
  '0000-01-01T00:00:00Z',
  '0001-01-01T00:00:00Z',
  '9999-12-31T23:59:59.9999999Z',
  '2026-02-30T00:00:00Z',
  '2026-01-31T08:00:00-23:59',
  'urn:uuid:01a1fddf-0c4a-7120-93a1-52af0a5a6b01',
  '00000000-0000-0000-0000-000000000000',
  '9223372036854775808',
  "'; drop table x; --",
];
/** The same of numbers. */
const numbers: readonly number[] = [
  -1,
  0.5,
  2_147_483_648,
  -2_147_483_649,
  Number.MAX_SAFE_INTEGER,
  1e308,
  5e-324,
];

/** A value that is neither, and cannot be turned into a text. */
const strange: readonly unknown[] = [
  { toString: 1, valueOf: null },
  [{ toString: {} }],
  (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON('9007199254740993'),
];

/** A route that ends sessions would end those of the test; one that streams has no end. */
const left = /\/stream$|^\/openapi|^\/asyncapi/;
const routes = () =>
  service.routes.filter(({ method, path }) => !['WS', 'ALL', 'OPTIONS'].includes(method) && !left.test(path));

/** Requests under way at once. */
const parallel = 8;

interface Case {
  readonly route: DeclaredRoute;
  readonly place: string;
  readonly given: { body?: unknown; params?: object; query?: object; headers?: object };
}

/** The cases whose answer is an error of ours. */
async function faultsOf(cases: readonly Case[]): Promise<string[]> {
  const faults: string[] = [];
  const left = cases[Symbol.iterator]();
  const work = async () => {
    for (const { route, place, given } of left) {
      const status = await statusOf(route, given);
      if (status >= 500) faults.push(`${route.method} ${route.path} ${place}: ${status}`);
    }
  };
  await Promise.all(Array.from({ length: parallel }, work));
  return faults;
}

test('no value in any field of any body is an error of ours', async () => {
  // A batch of hooks takes what the hooks take.
  const single = routes().filter(({ path }) => !path.endsWith('/hooks/batch'));
  const cases = single.flatMap((route) =>
    (route.takes.body ? samplesOf(route.takes.body) : []).flatMap((sample) =>
      [...variantsOf(sample, strange)].map(([place, body]): Case => ({ route, place, given: { body } })),
    ),
  );
  expect(await faultsOf(cases)).toEqual([]);
}, 120_000);

test('nor in any parameter of any address, nor in any header that a route reads', async () => {
  const cases = routes().flatMap((route) =>
    (['params', 'query', 'headers'] as const).flatMap((part) => {
      const sample = route.takes[part] ? sampleOf(route.takes[part]) : {};
      return [...variantsOf(sample)].map(
        ([place, value]): Case => ({ route, place: `${part}.${place}`, given: { [part]: value } }),
      );
    }),
  );
  expect(await faultsOf(cases)).toEqual([]);
}, 120_000);

test('nor in any field of any frame', async () => {
  const token = await makeToken();
  const faults: string[] = [];
  await using client = await connect(`${service.socketUrl}?token=${token}`);
  for (const [type, schema] of Object.entries(service.frames)) {
    for (const [path, frame] of variantsOf(sampleOf(schema), strange)) {
      client.send(JSON.stringify({ ...(frame as object), type }));
      // Frames are handled in order: a reply to this one comes after that to the one before.
      client.send({ type: 'ping', id: `${type} ${path}` });
    }
    client.send({ type: 'ping', id: type });
    for (;;) {
      const pong = await client.next('pong');
      if (pong['id'] === type) break;
    }
    const errors = client.all('error').map(({ code, message }) => ({ code, message }));
    if (errors.some(({ code }) => code === 'internal')) faults.push(type);
  }
  expect(faults).toEqual([]);
}, 60_000);

async function statusOf(
  { method, path, takes }: DeclaredRoute,
  given: { body?: unknown; params?: object; query?: object; headers?: object },
): Promise<number> {
  const params = { ...sampleOfPart(takes.params), ...given.params };
  const query = Object.entries({ ...sampleOfPart(takes.query), ...given.query }).filter(
    ([name]) => name !== 'wait',
  );
  const body = method === 'GET' ? undefined : (given.body ?? (takes.body && sampleOf(takes.body)));
  const address = path.replace(/:(\w+)/g, (_, name: string) => escaped(params[name]));
  const search = query.map(([name, value]) => `${name}=${escaped(value)}`).join('&');
  // Bun sends no header with a sign that none may have.
  const headers = Object.entries(given.headers ?? {}).flatMap(([name, value]): [string, string][] =>
    /^[\x20-\x7e]*$/.test(String(value)) ? [[name, String(value)]] : [],
  );
  const answer = await fetch(`${service.url}${address}?${search}`, {
    method,
    headers: [['x-api-key', serviceKey], ['content-type', 'application/json'], ...headers],
    ...(body !== undefined && { body: JSON.stringify(body) }),
    redirect: 'manual',
  });
  await answer.body?.cancel();
  return answer.status;
}

const sampleOfPart = (schema: TSchema | undefined): Record<string, unknown> =>
  schema ? (sampleOf(schema) as Record<string, unknown>) : {};

/** An address holds bytes: half a surrogate pair is written as the three bytes that UTF-8 would have for it. */
function escaped(value: unknown): string {
  const text = String(value ?? 'a');
  if (text === '') return '%20';
  return (text.isWellFormed() ? encodeURIComponent(text) : '%ED%A0%80')
    .slice(0, 6_000)
    .replace(/%[0-9A-F]?$/, '');
}

/** The value with each hostile one in the place of each of its leaves, one at a time. */
function* variantsOf(value: unknown, more: readonly unknown[] = [], path = ''): Generator<[string, unknown]> {
  if (typeof value !== 'object' || value === null) {
    const alike = typeof value === 'string' ? texts : typeof value === 'number' ? numbers : [];
    const hostile = [...alike, ...more];
    for (const each of hostile) yield [`${path}=${JSON.stringify(each).slice(0, 40)}`, each];
    return;
  }
  for (const [name, inner] of Object.entries(value)) {
    for (const [at, changed] of variantsOf(inner, more, path === '' ? name : `${path}.${name}`)) {
      yield [at, Array.isArray(value) ? value.with(Number(name), changed) : { ...value, [name]: changed }];
    }
  }
}

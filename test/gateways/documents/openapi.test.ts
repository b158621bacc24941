import { expect, test } from 'bun:test';
import { validate } from '@readme/openapi-parser';
import { Elysia } from 'elysia';
import { shippedDomains } from '../../../src/domains.ts';
import { AppError } from '../../../src/errors.ts';
import { type Domain, defineDomain } from '../../../src/extension/domain.ts';
import { startWholeService } from '../../support/documents/declared-schemas.ts';
import { expectDocumented } from '../../support/documents/documented-answers.ts';
import { openApiDocument } from '../../support/documents/openapi-document.ts';
import { openTestDatabase } from '../../support/postgres/database.ts';
import { createTestDatabase, type TestDatabase } from '../../support/postgres/postgres.ts';
import { roomDomain } from '../../support/services/room-domain.ts';
import { jwtMode, makeToken, serviceKey, startTestService } from '../../support/services/service.ts';
import { examples, muteAll } from './openapi-examples.ts';

/** Routes that are not in the document, and why. */
const hidden: Readonly<Record<string, string>> = {
  'POST /api/v1/realtime/sms/status': 'it takes a form from a provider of SMS',
  'POST /api/v1/realtime/sms/inbound': 'the same',
  'GET /openapi': 'the page that shows the document',
  'GET /openapi/start.js': 'a file of the page',
  'GET /openapi/swagger-ui-bundle.js': 'a file of the page',
  'GET /openapi/swagger-ui.css': 'a file of the page',
  'GET /openapi/json': 'the document',
  'GET /': 'a page, and for programs the names of the others',
  'GET /asyncapi': 'a page',
  'GET /operate': 'a page',
  'GET /pages/{name}': 'a file of the pages',
  'POST /api/demo/tokens': 'for the page of the demo, where identities are not checked',
  ...Object.fromEntries(
    shippedDomains.flatMap(({ pages = [] }) => pages.map(({ path }) => [`GET ${path}`, 'a page'])),
  ),
  'GET /ws': 'says that the address is a WebSocket',
  'GET /ws/realtime': 'says that the address is a WebSocket',
  'WS /': 'the same, for clients that name the server alone',
  'WS /ws': 'the same in the words of another team’s clients',
  'WS /ws/realtime': 'HTTP ends where it begins: it is in /asyncapi.json',
  'ALL /socket.io/': 'the protocol of socket.io; what it carries is in /asyncapi.json',
};

/** Routes for everybody who is identified: nobody gets the 403 that every route with an identity can answer. */
const openToAll = /^GET \/api\/realtime\/stats$| \/api\/barangay\/(notifications|cases\/)/;

const domains = shippedDomains.map(({ name }) => name);

test('the document is valid OpenAPI', async () => {
  await using database = await wholeDatabase();
  await using service = await startTestService({ database, env: { DOMAINS: domains.join() } });
  const { body } = await service.get('/openapi/json');
  expect(await validate(body as never)).toMatchObject({ valid: true });
  expect(body).toMatchObject({ openapi: expect.stringMatching(/^3\.1\./) });
});

test('every route of the app is in the document with a summary and a tag, but those hidden for a reason', async () => {
  const { domain, routes } = spy();
  await using database = await wholeDatabase();
  const env = { DOMAINS: domains.join() };
  await using service = await startTestService({ database, env, extraDomains: [domain] });
  const { operations } = await openApiDocument(service);
  expect([...Object.keys(operations), ...Object.keys(hidden)].sort()).toEqual(routes().sort());
  for (const [route, operation] of Object.entries(operations)) {
    const said = { summary: expect.any(String), tags: [expect.any(String)] };
    expect({ route, ...operation }).toMatchObject(said);
  }
});

test('the body of every route is described as JSON, as the route declares it', async () => {
  await using service = await startWholeService();
  const { operations } = await openApiDocument(service);
  const declared = service.routes.filter(({ takes }) => takes.body !== undefined);
  expect(declared.length).toBeGreaterThan(40);
  for (const { method, path, takes } of declared) {
    const route = `${method} ${path.replace(/:(\w+)/g, '{$1}')}`;
    if (route in hidden) continue;
    const schema = JSON.parse(JSON.stringify(takes.body)) as object;
    expect({ route, body: operations[route]?.requestBody }).toEqual({
      route,
      body: { required: expect.any(Boolean), content: { 'application/json': { schema } } },
    });
  }
});

test('whatever the server answers is what the document says, for every route and every status it has', async () => {
  // Others bring examples of their own: test/domains/*, test/operate and test/files, openapi.test.ts.
  await using service = await startTestService({
    env: { ...jwtMode, LIMIT_REQUESTS_PER_MINUTE: '3' },
    extraDomains: [roomDomain],
  });
  const { database } = service;
  await database.query(muteAll, [['notifications']]);
  await database.query(`insert into notifications (id, user_id, title, message)
    values (1001, 'reader', 't', 'm'), (1002, 'deleter', 't', 'm'), (1003, 'pinned', 't', 'm')`);
  await database.query('create table pins (notification_id integer references notifications)');
  await database.query('insert into pins values (1003)');
  const of = /^\S+ (?!\/api\/(?:operate|files)\b)/;
  await expectDocumented(service, { of, examples, forbidsNobody: (route) => openToAll.test(route) });
});

test('what goes wrong inside is a documented problem as well', async () => {
  await using service = await startTestService({ extraDomains: [spy().domain] });
  const { faults } = await openApiDocument(service);
  for (const [path, status] of [
    ['/spy/fault', 500],
    ['/spy/outage', 503],
  ] as const) {
    const answer = await fetch(service.url + path);
    expect(answer.status).toBe(status);
    expect(await faults(`GET ${path}`, answer)).toBe('');
  }
});

test('what a parameter is when left out is of its type, and the document names the server', async () => {
  await using database = await wholeDatabase();
  await using service = await startTestService({ database, env: { DOMAINS: domains.join() } });
  const { body } = await service.get('/openapi/json', { 'x-forwarded-proto': 'https' });
  const { servers, paths } = body as {
    readonly servers: unknown;
    readonly paths: Readonly<
      Record<string, Readonly<Record<string, { readonly parameters?: readonly Shown[] }>>>
    >;
  };
  expect(servers).toEqual([{ url: service.url.replace('http:', 'https:') }]);
  const parameters = Object.values(paths).flatMap((path) =>
    Object.values(path).flatMap((operation) => operation.parameters ?? []),
  );
  const withDefault = parameters.filter(({ schema }) => 'default' in schema);
  expect(withDefault.length).toBeGreaterThan(5);
  const types: Readonly<Record<string, string>> = { integer: 'number' };
  const wrong = withDefault.filter(
    ({ schema: { type = '', default: value } }) => typeof value !== (types[type] ?? type),
  );
  expect(wrong).toEqual([]);
  expect(parameters.filter(({ schema: { type } }) => type === undefined).map(({ name }) => name)).toEqual([]);
});

interface Shown {
  readonly name: string;
  readonly schema: { readonly type?: string; readonly default?: unknown };
}

test('people get a page at /openapi, all of it from this server', async () => {
  await using service = await startTestService();
  const page = await fetch(`${service.url}/openapi`);
  expect(page.status).toBe(200);
  expect(page.headers.get('content-type')).toStartWith('text/html');
  expect(page.headers.get('content-security-policy')).toContain("default-src 'none'; script-src 'self'");
  expect(page.headers.get('x-frame-options')).toBe('DENY');
  const html = await page.text();
  expect(html).not.toContain('//');
  const files = [...html.matchAll(/(?:src|href)="([^":]+)"/g)].map(([, file = '']) => file);
  expect(files.length).toBe(3);
  for (const file of files) {
    const answer = await fetch(new URL(file, `${service.url}/openapi`));
    expect({ file, status: answer.status }).toEqual({ file, status: 200 });
    expect((await answer.text()).length).toBeGreaterThan(100);
  }
});

const documents = ['/openapi', '/openapi/json', '/asyncapi.json'];

test('in production operators alone read the documents, unless it is said otherwise', async () => {
  const production = { ...jwtMode, NODE_ENV: 'production', DOMAINS: 'barangay' };
  const operator = { 'x-api-key': serviceKey };
  const admin = { authorization: `Bearer ${await makeToken({ role: 'admin' })}` };
  const officer = { authorization: `Bearer ${await makeToken()}` };
  const expected: readonly (readonly [string | undefined, Record<string, string>, number])[] = [
    [undefined, {}, 401],
    [undefined, officer, 403],
    [undefined, operator, 200],
    [undefined, admin, 200],
    ['public', {}, 200],
    ['off', operator, 404],
  ];
  for (const docs of [undefined, 'public', 'off']) {
    await using service = await startTestService({ env: { ...production, ...(docs && { API_DOCS: docs }) } });
    for (const [, headers, status] of expected.filter(([each]) => each === docs)) {
      for (const path of documents) {
        expect({ docs, path, status: (await fetch(service.url + path, { headers })).status }).toEqual({
          ...{ docs, path, status },
        });
      }
    }
  }
});

/** For every domain that ships, with its demo rows. */
async function wholeDatabase(): Promise<TestDatabase> {
  const database = await createTestDatabase({ domains });
  await using connection = await openTestDatabase(database.url);
  for (const domain of shippedDomains) await domain.seed?.(connection.db);
  return database;
}

/** A domain that sees the routes of the whole app, and fails in the two ways nobody can ask for. */
function spy(): { readonly domain: Domain; readonly routes: () => string[] } {
  const app = new Elysia({ name: 'spy', tags: ['spy'] })
    .get('/spy/fault', () => Promise.reject(new Error('secret')), { detail: { summary: 'Fails' } })
    .get('/spy/outage', () => Promise.reject(new AppError('database_unavailable', 'Gone.')), {
      detail: { summary: 'Fails for a while' },
    });
  return {
    domain: defineDomain({ name: 'spy', channels: () => [], routes: () => app }),
    routes: () =>
      // Elysia shows a plugin the routes of all the app, as its OpenAPI plugin needs them.
      app['getGlobalRoutes']().map(({ method, path }) => `${method} ${path.replace(/:([^/]+)/g, '{$1}')}`),
  };
}

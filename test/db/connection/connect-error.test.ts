import { afterAll, beforeAll, expect, test } from 'bun:test';
import pg from 'pg';
import { freePort } from '../../support/network/free-port.ts';
import { openTestDatabase } from '../../support/postgres/database.ts';
import { startPostgres, type TestServer } from '../../support/postgres/postgres.ts';

const password = 'hunter2-never-logged';
let server: TestServer;

beforeAll(async () => {
  server = await startPostgres();
  const client = new pg.Client({ connectionString: server.url });
  await client.connect();
  await client.query(`create role narrow login password '${password}' connection limit 0`);
  await client.query('create database closed');
  await client.query('revoke connect on database closed from public');
  await client.query(`create role stranger login password '${password}'`);
  await client.end();
});

afterAll(() => server[Symbol.asyncDispose]());

const at = (change: (url: URL) => void) => {
  const url = new URL(server.url);
  url.password = password;
  change(url);
  return url.href;
};

/** The log of a process whose connection fails. */
async function causeOf(url: string): Promise<string> {
  await using database = await openTestDatabase(url, { connectTimeoutMs: 5_000 });
  const reason: unknown = await database.query('select 1').catch((error: unknown) => error);
  expect(reason).toMatchObject({ code: 'database_unavailable', uncertain: false });
  const { cause } = reason as { cause: Error };
  expect(Bun.inspect(reason)).not.toContain(password);
  return cause.message;
}

const failures: readonly (readonly [string, () => string | Promise<string>, RegExp])[] = [
  [
    'a wrong password',
    () => at((url) => (url.password = password)),
    /^no connection to database "postgres" on 127\.0\.0\.1:\d+ as role "postgres": the password is wrong.*DATABASE_URL \(28P01\)$/,
  ],
  [
    'an unknown role',
    () => at((url) => (url.username = 'nobody-here')),
    /role "nobody-here": the password is wrong/,
  ],
  [
    'an unknown database',
    () => server.urlOf('no-such-db'),
    /database "no-such-db" .*: there is no such database: .* \(3D000\)$/,
  ],
  [
    'a database that the role may not connect to',
    () => at((url) => Object.assign(url, { username: 'stranger', pathname: '/closed' })),
    /database "closed" .* as role "stranger": .*grant it CONNECT \(42501\)$/,
  ],
  ['too many connections', () => at((url) => (url.username = 'narrow')), /no connection left: .* \(53300\)$/],
  [
    'a port where nothing listens',
    async () => {
      const free = String(await freePort());
      return at((url) => (url.port = free));
    },
    /nothing listens there: .* \(ECONNREFUSED\)$/,
  ],
  [
    'an unknown host',
    () => at((url) => (url.hostname = 'db.invalid')),
    /on db\.invalid:\d+ .*host name is not known/,
  ],
  [
    'a server without TLS',
    () => at((url) => url.searchParams.set('sslmode', 'verify-full')),
    /does not speak TLS/,
  ],
];

test.each(failures)('%s is told with host, database, role and what to look at', async (_, url, said) => {
  expect(await causeOf(await url())).toMatch(said);
});

test('an address without a database names the one that is connected to', async () => {
  const url = at((address) => (address.pathname = ''));
  expect(await causeOf(url)).toContain('database "postgres"');
});

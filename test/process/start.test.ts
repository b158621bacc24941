import { expect, test } from 'bun:test';
import { createTestDatabase } from '../support/postgres/postgres.ts';
import { startServerProcess } from '../support/processes/process.ts';

const secret = 'a-secret-nobody-may-see-0123456789-abcdef';
const key = 'a-service-key-nobody-may-see';

test('a second start on a used port fails loudly and leaves the first one alone', async () => {
  await using database = await createTestDatabase({ domains: ['barangay'] });
  await using first = startServerProcess({ DATABASE_URL: database.url });
  const url = await first.listening();
  await using second = startServerProcess({ DATABASE_URL: database.url, PORT: new URL(url).port });
  expect(await second.exited).toBe(1);
  expect(second.output()).toContain('could not start');
  expect(second.output()).toContain('EADDRINUSE');
  for (let n = 0; n < 5; n++) expect((await fetch(`${url}/health`)).status).toBe(200);
});

test('a bad configuration exits with 78, lists every fault and shows no secret', async () => {
  await using server = startServerProcess({
    NODE_ENV: 'production',
    PORT: 'eighty',
    DOMAINS: 'barangay,weather',
    DATABASE_URL: `mysql://user:${secret}@host/db`,
    AUTH_MODE: 'maybe',
    JWT_SECRET: 'too-short-a-secret',
    SERVICE_API_KEY: 'short key',
    JWKS_URL: 'http://keys.example',
    LIMIT_FRAME_BYTES: '-1',
    LOG_LEVEL: 'loud',
  });
  expect(await server.exited).toBe(78);
  const faults = [
    'PORT',
    'DOMAINS',
    'DATABASE_URL',
    'AUTH_MODE',
    'JWT_SECRET',
    'SERVICE_API_KEY',
    'JWKS_URL',
  ];
  for (const name of [...faults, 'LIMIT_FRAME_BYTES', 'LOG_LEVEL']) {
    expect(server.output()).toMatch(new RegExp(`^  ${name}: found .+; expected .+$`, 'm'));
  }
  for (const hidden of [secret, 'too-short-a-secret', 'short key'])
    expect(server.output()).not.toContain(hidden);
});

test('production refuses to start without keys, and with insecure mode spelled out it warns', async () => {
  await using database = await createTestDatabase({ domains: ['barangay'] });
  const production = { NODE_ENV: 'production', DOMAINS: 'barangay', DATABASE_URL: database.url };
  await using refused = startServerProcess(production);
  expect(await refused.exited).toBe(78);
  expect(refused.output()).toContain('JWT_SECRET');
  await using insecure = startServerProcess({ ...production, AUTH_MODE: 'insecure' });
  await insecure.listening();
  expect(insecure.output()).toContain('insecure IN PRODUCTION');
});

test('a database that cannot be migrated ends the start with 1, and its password is not shown', async () => {
  await using database = await createTestDatabase();
  const url = new URL(database.url);
  url.password = secret;
  await using server = startServerProcess({ DATABASE_URL: url.href });
  expect(await server.exited).toBe(1);
  expect(server.output()).toContain('could not start');
  expect(server.output()).not.toContain(secret);
});

test('nothing secret is in what a working server writes', async () => {
  await using database = await createTestDatabase({ domains: ['barangay'] });
  const env = { DATABASE_URL: database.url, JWT_SECRET: secret, SERVICE_API_KEY: key };
  await using server = startServerProcess(env);
  const url = await server.listening();
  const headers = { 'x-api-key': key, 'content-type': 'application/json' };
  const body = JSON.stringify({ hearingId: 1, eventType: 'x' });
  expect((await fetch(`${url}/ws/broadcast/hearing`, { method: 'POST', headers, body })).status).toBe(404);
  expect(
    (await fetch(`${url}/ws/broadcast/hearing?token=${secret}`, { method: 'POST', headers, body })).status,
  ).toBe(401);
  server.kill('SIGTERM');
  expect(await server.exited).toBe(0);
  for (const hidden of [secret, key, `${new URL(database.url).password}@`]) {
    expect(server.output()).not.toContain(hidden);
  }
});

test('output holds one JSON entry a line', async () => {
  await using database = await createTestDatabase({ domains: ['barangay'] });
  await using server = startServerProcess({ DATABASE_URL: database.url });
  await server.listening();
  server.kill('SIGTERM');
  await server.exited;
  for (const line of server.output().split('\n')) expect(JSON.parse(line)).toHaveProperty('msg');
});

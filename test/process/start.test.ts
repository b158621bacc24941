import { expect, test } from 'bun:test';
import { join } from 'node:path';
import packageJson from '../../package.json';
import { createTestDatabase } from '../support/postgres/postgres.ts';
import { needs } from '../support/processes/components.ts';
import { startServerProcess } from '../support/processes/process.ts';

const root = join(import.meta.dir, '../..');
const bun = packageJson.engines.bun.replace('>=', '');
const testNode = needs('node');

const secret = 'a-secret-nobody-may-see-0123456789-abcdef';
const key = 'a-service-key-nobody-may-see';

test('a second start on a used port says so in one sentence and leaves the first one alone', async () => {
  await using database = await createTestDatabase({ domains: ['barangay'] });
  await using first = startServerProcess({ DATABASE_URL: database.url });
  const url = await first.listening();
  await using second = startServerProcess({ DATABASE_URL: database.url, PORT: new URL(url).port });
  expect(await second.exited).toBe(1);
  const last = JSON.parse(second.output().split('\n').at(-1) ?? '');
  expect(last).toEqual({
    level: 60,
    time: expect.any(Number),
    name: 'process',
    msg: `server could not start: port ${new URL(url).port} of 127.0.0.1 is in use by another process; stop that process, or choose another port by PORT or --port`,
  });
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
  for (const line of server.output().split('\n')) {
    expect(JSON.parse(line)).toHaveProperty('msg');
    expect([line, line.match(/"name":/g)?.length]).toEqual([line, 1]);
  }
});

test('in development each entry is a line for a person', async () => {
  await using database = await createTestDatabase({ domains: ['barangay'] });
  await using server = startServerProcess({ NODE_ENV: 'development', DATABASE_URL: database.url });
  expect(await server.next('listening')).toMatch(
    /^\[\d\d:\d\d:\d\d\.\d{3}\] INFO \(process\): listening \{"url":/,
  );
});

test('an older Bun is named in one sentence', async () => {
  const preload = join(import.meta.dir, '../support/processes/older-bun.ts');
  for (const entry of ['src/index.ts', 'src/commands/main.ts', 'src/commands/tambuli.js']) {
    await using server = startServerProcess({}, { preload, command: [join(root, entry)] });
    expect(await server.exited).toBe(1);
    expect(server.output()).toBe(
      `Tambuli needs Bun ${bun} or later, and this is Bun 1.3.9: see https://bun.com/docs/installation, or run it by npx bun@${bun}.`,
    );
  }
});

testNode('Node is named in one sentence, whatever its version', async () => {
  const node = Bun.spawn(['node', join(root, packageJson.bin.tambuli), 'start'], { stderr: 'pipe' });
  expect(await node.exited).toBe(1);
  expect(await new Response(node.stderr).text()).toMatch(
    /^Tambuli needs Bun [\d.]+ or later, and this is Node [\d.]+: [^\n]+\n$/,
  );
});

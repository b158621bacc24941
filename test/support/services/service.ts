import { SignJWT } from 'jose';
import { type Env, parseConfig } from '../../../src/config/config.ts';
import type { Database } from '../../../src/db/connection/open.ts';
import { seedBarangay } from '../../../src/domains/barangay/seed.ts';
import { shippedDomains } from '../../../src/domains.ts';
import type { Domain } from '../../../src/extension/domain.ts';
import type { Ports } from '../../../src/extension/ports.ts';
import { createLogger } from '../../../src/logger.ts';
import { startService } from '../../../src/service.ts';
import { createInbox } from '../clients/inbox.ts';
import { openTestDatabase } from '../postgres/database.ts';
import { createTestDatabase, type TestDatabase } from '../postgres/postgres.ts';

export interface TestServiceOptions {
  /** Environment variables over the defaults: insecure mode, a free port, a database with the barangay's demo rows. */
  readonly env?: Env;
  readonly extraDomains?: readonly Domain[];
  /** Parts of the server that the test brings. */
  readonly ports?: Ports;
  /** A database the test made; it is neither seeded nor removed. */
  readonly database?: TestDatabase;
}

export interface TestService extends AsyncDisposable {
  /** `http://127.0.0.1:port`. */
  readonly url: string;
  /** `ws://127.0.0.1:port/ws/realtime`. */
  readonly socketUrl: string;
  readonly databaseUrl: string;
  /** A connection beside the service's own, to look into its tables. */
  readonly database: Database;
  /** POSTs JSON; a text body travels as it is. */
  post(path: string, body: unknown, headers?: Readonly<Record<string, string>>): Promise<Answer>;
  get(path: string, headers?: Readonly<Record<string, string>>): Promise<Answer>;
  /** All log lines so far, at level trace. */
  logged(): string;
  /** The next log line nobody took yet that holds the text. */
  nextLog(text: string, timeoutMs?: number): Promise<string>;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** Parsed JSON, or undefined when the body is none. */
  readonly body: unknown;
}

export const jwtSecret = 'test-secret-of-more-than-thirty-two-bytes';
export const serviceKey = 'service-key-of-the-tests-0123456789';
/** Environment of a service that checks who is there. */
export const jwtMode: Env = { AUTH_MODE: 'jwt', JWT_SECRET: jwtSecret, SERVICE_API_KEY: serviceKey };

/**
 * The real service in this process, over a database of its own. Disposing fails the test when anything secret
 * was logged: the keys, or any token made by `makeToken`.
 */
export async function startTestService(options: TestServiceOptions = {}): Promise<TestService> {
  await using opened = new AsyncDisposableStack();
  const database = options.database ?? opened.use(await createTestDatabase({ domains: ['barangay'] }));
  const connection = opened.use(await openTestDatabase(database.url));
  if (!options.database) await seedBarangay(connection.db);
  const log = createInbox<string>('log of the service');
  const env: Env = { ...baseEnv, DATABASE_URL: database.url, ...options.env };
  const service = opened.use(
    await startService({
      ...parseConfig(
        env,
        shippedDomains.map(({ name }) => name),
      ),
      logger: createLogger('trace', { write: (line) => log.push(line) }),
      ...(options.extraDomains && { domains: options.extraDomains }),
      ...(options.ports && { ports: options.ports }),
    }),
  );
  const { url } = service;
  const owned = opened.move();
  const logged = () => log.all(() => true).join('');

  return {
    url,
    socketUrl: `${url.replace('http', 'ws')}/ws/realtime`,
    databaseUrl: database.url,
    database: connection,
    post: (path, body, headers) =>
      request(`${url}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      }),
    get: (path, headers = {}) => request(`${url}${path}`, { headers }),
    logged,
    nextLog: (text, timeoutMs) => log.next((line) => line.includes(text), `log line with ${text}`, timeoutMs),
    async [Symbol.asyncDispose]() {
      await owned.disposeAsync();
      const leaked = secretsIn(logged());
      if (leaked.length > 0)
        throw new Error(`The log holds ${leaked.length} secret(s): ${leaked.join(', ')}`);
    },
  };
}

const baseEnv: Env = {
  NODE_ENV: 'test',
  HOST: '127.0.0.1',
  PORT: '0',
  LOG_LEVEL: 'trace',
  DOMAINS: 'barangay',
  DRAIN_TIMEOUT_MS: '1000',
};

export interface TokenClaims {
  readonly user?: string;
  /** `null` leaves it out. Default `officer`. */
  readonly role?: string | null;
  readonly tenants?: readonly string[];
  /** Seconds from now, negative for the past; `null` leaves `exp` out. Default 3600. */
  readonly expiresIn?: number | null;
  /** The same of `iat`, which is left out by default. */
  readonly issuedIn?: number;
  readonly secret?: string;
  readonly audience?: string;
  readonly issuer?: string;
}

const tokens = new Set<string>();

/** A token of `jwtMode`, or one that is wrong in the way the claims say. */
export async function makeToken({
  user = 'user123',
  role = 'officer',
  ...more
}: TokenClaims = {}): Promise<string> {
  const { expiresIn = 3600, issuedIn, secret = jwtSecret, audience, issuer, tenants } = more;
  const token = new SignJWT({
    sub: user,
    ...(role !== null && { role }),
    ...(tenants && { tenants }),
    ...(audience !== undefined && { aud: audience }),
    ...(issuer !== undefined && { iss: issuer }),
    // Fractions of a second are valid in a JWT and let a test expire soon.
    ...(expiresIn !== null && { exp: Date.now() / 1000 + expiresIn }),
    ...(issuedIn !== undefined && { iat: Date.now() / 1000 + issuedIn }),
  }).setProtectedHeader({ alg: 'HS256' });
  return remember(await token.sign(new TextEncoder().encode(secret)));
}

/** A token that claims to need no signature. */
export function makeUnsignedToken(): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const claims = { sub: 'user123', role: 'admin', exp: Math.ceil(Date.now() / 1000) + 3600 };
  return remember(`${part({ alg: 'none', typ: 'JWT' })}.${part(claims)}.`);
}

function remember(token: string): string {
  tokens.add(token);
  return token;
}

/** One pass finds all that look like a token: of both there are too many to look for each. */
function secretsIn(text: string): string[] {
  const looksLikeToken = /eyJ[\w-]*\.[\w-]*\.[\w-]*/g;
  const logged = new Set(text.match(looksLikeToken)).intersection(tokens);
  return [jwtSecret, serviceKey].filter((secret) => text.includes(secret)).concat(...logged);
}

async function request(url: string, init: RequestInit): Promise<Answer> {
  const response = await fetch(url, init);
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.includes('json') === true;
  return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : undefined };
}

import { type Static, type TSchema, Type } from '@sinclair/typebox';
import { fileVariables } from './files.ts';
import { reachVariables } from './reach.ts';
import { choice, integer, list, secret, text } from './variable-types.ts';

const hour = 3_600_000;
const mebibyte = 1_048_576;
const postgresUrl = { pattern: '^postgres(ql)?://[^\\s/]+' };

/**
 * The environment variables of the server, from which `.env.example` and docs/reference/configuration.md are made.
 * `secret` keeps a value out of every message; `expected` is the text of a fault.
 */
export const variables = Type.Object({
  NODE_ENV: choice(['development', 'test', 'production'], 'Mode of the server', {
    default: 'development',
  }),
  HOST: text(
    'a host name or address to listen on',
    'Address to listen on; unset means `0.0.0.0`, and in insecure mode `127.0.0.1`: this machine only',
    { pattern: '^[^\\s/]+$' },
  ),
  PORT: integer(0, 65_535, 3000, 'Port to listen on; 0 takes any free one'),
  REUSE_PORT: Type.Boolean({
    default: false,
    expected: 'true or false',
    description: 'Lets several processes share the port; `bun run cluster` sets it',
  }),
  WORKER: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: 65_535,
      description: 'Number of this process in its logs; `bun run cluster` sets it',
    }),
  ),
  API_DOCS: Type.Optional(
    choice(
      ['public', 'operators', 'off'],
      'Readers of `/openapi` and `/asyncapi.json`: `public` is everybody, `operators` the role `admin` and service keys with the scope `operate`, `off` nobody; unset means `public`, and in production `operators`',
    ),
  ),
  PAGES: Type.Optional(
    choice(
      ['full', 'plain', 'off'],
      'Pages for people: `full` is the landing page with a console, and the pages of the mounted domains; `plain` has a status page in its place; `off` has none; unset means `full`, and in production `plain`',
    ),
  ),
  TAMBULI_CONFIG: text(
    'the path of a configuration file',
    'Configuration file; unset looks for `tambuli.config.json`, `.ts` or `.js` in the working directory',
  ),
  DOMAINS: Type.Optional(
    list(
      '^[a-z][a-z0-9-]*$',
      'a comma-separated list of domains',
      'Domains of the package to mount and migrate; unset means those that the configuration file names, and none without one',
    ),
  ),
  LOG_LEVEL: choice(
    ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'],
    'Least severe entry that is logged',
    { default: 'info' },
  ),
  CORS_ORIGINS: Type.Optional(
    list(
      '^(\\*|[a-z][a-z0-9+.-]*://[^\\s/?#@]+)$',
      'a comma-separated list of origins such as https://app.example or capacitor://localhost, or *',
      'Origins whose browser pages may call the REST routes and connect, beside the server’s own; `*` means every page; unset, in development, pages of this machine',
    ),
  ),
  DRAIN_TIMEOUT_MS: integer(
    0,
    300_000,
    10_000,
    'Longest time from SIGTERM to the exit; keep it under the host’s own limit',
  ),
  DATABASE_URL: secret(
    'an address such as postgres://user:password@host/database',
    'The database; unset starts an embedded Postgres, production needs it',
    postgresUrl,
  ),
  DATABASE_URL_DIRECT: secret(
    'an address such as postgres://user:password@host/database',
    'The same database without a pooler in between, for LISTEN and migrations',
    postgresUrl,
  ),
  DATABASE_DRIVER: choice(
    ['auto', 'neon', 'tcp'],
    'Driver; `auto` takes Neon’s for Neon hosts and node-postgres for others',
    { default: 'auto' },
  ),
  DATABASE_POOL_SIZE: integer(1, 1000, 10, 'Most connections to the database'),
  QUERY_TIMEOUT_MS: integer(
    10,
    hour,
    5000,
    'Longest time for a query; the server is told to end it a little earlier',
  ),
  // Together with a query it stays within the 10 s after which an OkHttp client stops waiting for the 503.
  CONNECT_TIMEOUT_MS: integer(10, hour, 5000, 'Longest wait for a connection to the database'),
  BROKER: Type.Optional(
    choice(
      ['memory', 'postgres', 'redis'],
      'Carrier of publications between processes; unset means `redis` where REDIS_URL is set, otherwise `postgres`; `memory` is for a single process',
    ),
  ),
  REDIS_URL: secret(
    'an address such as redis://:password@host:6379 or rediss://…',
    'Redis or Valkey of this deployment only, for BROKER=redis',
    { pattern: '^rediss?://[^\\s/]+' },
  ),
  TIMESTAMP_ZONE: Type.String({
    pattern: '^[A-Za-z][A-Za-z0-9_+-]{0,40}(/[A-Za-z0-9_+-]{1,40}){0,2}$',
    default: 'UTC',
    expected: 'a time zone such as Asia/Manila',
    description:
      'Time zone of a `timestamp without time zone` in a published row; run `bun run db:triggers install` after a change',
  }),
  HEAD_CHECK_MS: integer(
    50,
    hour,
    5000,
    'Interval of the comparison of all live channels with the log, which finds what the broker lost',
  ),
  IDLE_SLEEP_MS: integer(
    0,
    24 * hour,
    0,
    'Time without a session or request after which the process holds no connection to the database and does no regular work, so that the database may suspend; 0 is never',
  ),
  RETENTION_AGE_MS: integer(
    1000,
    10 * 365 * 24 * hour,
    7 * 24 * hour,
    'Age at which publications leave the log; a client that comes back later fetches a snapshot',
  ),
  RETENTION_COUNT: integer(100, 1_000_000_000, 100_000, 'Publications that the log keeps of one channel'),
  AUTH_MODE: Type.Optional(
    choice(
      ['jwt', 'insecure'],
      '`insecure` believes the identity that a client states; the default without keys outside production, otherwise `jwt`',
    ),
  ),
  JWT_SECRET: secret(
    'a secret of at least 32 bytes, or a JSON object {"<kid>": "<secret>", …} of them with kids that begin with a letter',
    'HS256 secret, or several by key id as JSON: the first signs, all verify',
  ),
  JWT_ISSUER: text('the "iss" claim of good tokens', 'Issuer that tokens must name'),
  JWT_AUDIENCE: text('the "aud" claim of good tokens', 'Audience that tokens must name'),
  JWKS_URL: text(
    'an https:// address without credentials (http:// outside production)',
    'Address of the public keys of an identity provider',
  ),
  SERVICE_API_KEY: secret(
    'at least 24 visible ASCII characters, or a JSON object {"<id>": {"key": "<key>", "scopes": ["publish", "read", "operate"]}, …} with ids that begin with a letter',
    'Key that other backends send as `x-api-key`, or several by id as JSON, each with scopes (`publish`, `read`, `operate`); a key without scopes has all of them',
  ),
  ...reachVariables,
  ...fileVariables,
  LIMIT_SOCKETS_PER_USER: integer(
    1,
    1_000_000,
    5,
    'Live sockets of one user; as many polls of one user may wait',
  ),
  LIMIT_STREAMS_PER_USER: integer(1, 1_000_000, 3, 'Live event streams (SSE) of one user'),
  LIMIT_REQUESTS_PER_MINUTE: integer(
    1,
    1_000_000,
    300,
    'Polls, openings of event streams and publications over HTTP by one user in a minute',
  ),
  LIMIT_FRAMES_PER_MINUTE: integer(
    1,
    1_000_000,
    100,
    'Frames that a session may send in a minute, besides those that take a channel; faster ones wait',
  ),
  LIMIT_ERRORS_PER_MINUTE: integer(
    1,
    1_000_000,
    20,
    'Error frames that a session may cause in a minute before it is closed (4008)',
  ),
  LIMIT_CHANNELS_PER_SESSION: integer(1, 1_000_000, 128, 'Channels that one session may subscribe to'),
  LIMIT_FRAME_BYTES: integer(1024, 64 * mebibyte, 65_536, 'Largest frame that a client may send (1009)'),
  LIMIT_SEND_BUFFER_BYTES: integer(
    65_536,
    1024 * mebibyte,
    mebibyte,
    'Bytes that may wait for a slow reader before it is closed (4003)',
  ),
  LIMIT_SEND_BUFFERS_TOTAL_BYTES: Type.Optional(
    Type.Integer({
      minimum: 65_536,
      maximum: 1024 * 1024 * mebibyte,
      description:
        'Bytes that may wait for all readers of a process together; over it the fullest are closed (4003). Unset means a quarter of the memory of the container or machine; `bun run cluster` shares that among its processes',
    }),
  ),
  LIMIT_PUBLICATION_BYTES: integer(
    1024,
    512 * mebibyte,
    131_072,
    'Largest `data` of a publication; at most half of the send buffer',
  ),
  AUTH_TIMEOUT_MS: integer(50, hour, 10_000, 'Time in which a socket has to identify its user (4005)'),
  STREAM_LIFETIME_MS: integer(
    1000,
    24 * hour,
    hour / 4,
    'Longest life of an event stream; it then ends and its client comes back',
  ),
  HEARTBEAT_MS: integer(
    50,
    hour,
    25_000,
    'Silence after which a peer is pinged; after twice this it is closed (4004)',
  ),
});

export type Variables = Static<typeof variables>;
export type VariableName = keyof Variables;

export const variableNames = Object.keys(variables.properties) as VariableName[];

export function isSecret(name: VariableName): boolean {
  return schemaOf(name)['secret'] === true;
}

/** Returns the expected form of a variable, for a fault. */
export function expectation(name: VariableName): string {
  const schema = schemaOf(name);
  if (schema['expected']) return schema['expected'];
  return `a whole number from ${schema['minimum']} to ${schema['maximum']}`;
}

export function schemaOf(name: VariableName): TSchema {
  return variables.properties[name];
}

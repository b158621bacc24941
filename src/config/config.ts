import { Value } from '@sinclair/typebox/value';
import type { ReachSettings } from '../extension/delivery-settings.ts';
import type { BucketSettings, FileSettings } from '../extension/files/settings.ts';
import type { Retention } from '../realtime/ports/event-log.ts';
import type { Limits } from '../realtime/sessions/limits.ts';
import { bucketSettings, fileSettings } from './files.ts';
import { type JwtKeys, parseJwtKeys, parseServiceKeys, type ServiceKeys } from './keys.ts';
import { memoryLimitBytes } from './memory.ts';
import { reachSettings } from './reach.ts';
import {
  authMode,
  brokerKind,
  checkTogether,
  type Given,
  isKeySetUrl,
  type Report,
  warningsOf,
} from './rules.ts';
import {
  expectation,
  isSecret,
  schemaOf,
  type VariableName,
  type Variables,
  variableNames,
  variables,
} from './variables.ts';

export type Env = Readonly<Record<string, string | undefined>>;

/** Everything the server is told, but for secrets: safe to log. */
export interface Config {
  readonly environment: Variables['NODE_ENV'];
  readonly host: string;
  readonly port: number;
  /** Whether other processes may listen on the same port. */
  readonly reusePort: boolean;
  /** The number of this process among those of `bun run cluster`. */
  readonly worker?: number;
  readonly domains: readonly string[];
  /** The readers of `/openapi` and `/asyncapi.json`. */
  readonly apiDocs: 'public' | 'operators' | 'off';
  readonly pages: NonNullable<Variables['PAGES']>;
  readonly logLevel: Variables['LOG_LEVEL'];
  /** Which browser pages may use the server; see `OriginRules`. */
  readonly origins: {
    readonly listed: readonly string[];
    readonly local: boolean;
    readonly checkHost: boolean;
  };
  readonly drainTimeoutMs: number;
  readonly database: {
    readonly driver: Variables['DATABASE_DRIVER'];
    readonly poolSize: number;
    readonly queryTimeoutMs: number;
    readonly connectTimeoutMs: number;
  };
  readonly broker: 'memory' | 'postgres' | 'redis';
  readonly headCheckMs: number;
  /** 0: the process never sleeps. */
  readonly idleSleepMs: number;
  readonly timestampZone: string;
  /** The retention of namespaces that declare none. */
  readonly retention: Retention;
  readonly auth: {
    readonly mode: 'jwt' | 'insecure';
    readonly issuer?: string;
    readonly audience?: string;
    readonly jwksUrl?: string;
  };
  readonly limits: Limits;
  readonly files: FileSettings;
  /** Whether what clients and operators name may be called at private addresses and without TLS. */
  readonly privateReceivers: boolean;
}

export interface Secrets {
  readonly databaseUrl?: string;
  readonly databaseUrlDirect?: string;
  readonly redisUrl?: string;
  /** The first one signs, all of them verify. */
  readonly jwtKeys: JwtKeys;
  readonly serviceKeys: ServiceKeys;
  /** The ways to people who are not connected. */
  readonly reach: ReachSettings;
  /** The bucket of files, where one is set. */
  readonly bucket?: BucketSettings;
}

export interface ParsedConfig {
  readonly config: Config;
  readonly secrets: Secrets;
  /** Settings that are allowed and dangerous, one sentence each, for the log at start. */
  readonly warnings: readonly string[];
}

export interface Fault {
  readonly variable: VariableName;
  readonly found: string;
  readonly expected: string;
}

/** Everything that is wrong with the environment, at once. Never holds the value of a secret. */
export class ConfigError extends Error {
  readonly faults: readonly Fault[];
  /** EX_CONFIG of sysexits.h. */
  readonly exitCode = 78;

  constructor(faults: readonly Fault[]) {
    const lines = faults.map(
      ({ variable, found, expected }) => `  ${variable}: found ${found}; expected ${expected}`,
    );
    super(`The configuration has ${faults.length} fault(s):\n${lines.join('\n')}`);
    this.name = 'ConfigError';
    this.faults = faults;
  }
}

/** The environment of this process, with the configuration file that a command line names. */
export function readEnv({ config }: { readonly config?: string | undefined } = {}): Env {
  return { ...process.env, ...(config !== undefined && { TAMBULI_CONFIG: config }) };
}

/** The configuration beside the environment. */
export interface Beside {
  /** The domains that a configuration file names, for where DOMAINS names none. */
  readonly named?: readonly string[] | undefined;
  /** True where the application brings an authenticator, so that no key is needed. */
  readonly hasAuthenticator?: boolean;
}

/**
 * The configuration in `env`. Unknown variables are ignored, blank ones count as unset.
 *
 * @param knownDomains the domains that can be mounted; without it the names in DOMAINS are not checked.
 * @throws ConfigError with every fault
 */
export function parseConfig(
  env: Env,
  knownDomains?: readonly string[],
  { named = [], hasAuthenticator = false }: Beside = {},
): ParsedConfig {
  const faults = new Map<VariableName, Fault>();
  const report: Report = (variable, found, expected) => {
    if (!faults.has(variable)) faults.set(variable, { variable, found, expected });
  };
  const refuse = (name: VariableName, found = describe(name, env[name])) =>
    report(name, found, expectation(name));

  const has = (name: VariableName) => Boolean(env[name]?.trim());
  const raw: Record<string, unknown> = {};
  for (const name of variableNames) if (has(name)) raw[name] = coerce(name, env[name] ?? '');
  for (const { path } of Value.Errors(variables, Value.Default(variables, { ...raw }))) {
    refuse(path.split('/')[1] as VariableName);
  }
  // Faulty values make place for their defaults, so that the remaining rules are checked in the same run.
  for (const name of faults.keys()) delete raw[name];
  const values = Value.Default(variables, raw) as Variables;

  const unknown = values.DOMAINS?.filter((name) => knownDomains && !knownDomains.includes(name)) ?? [];
  if (unknown.length > 0) report('DOMAINS', unknown.join(', '), `only names of ${knownDomains?.join(', ')}`);
  if (values.JWKS_URL && !isKeySetUrl(values.JWKS_URL, values.NODE_ENV === 'production')) refuse('JWKS_URL');
  for (const name of [
    'DATABASE_URL',
    'DATABASE_URL_DIRECT',
    'REDIS_URL',
    'WEBHOOK_URL',
    'SMS_URL',
    'SMTP_URL',
    'S3_ENDPOINT',
  ] as const) {
    if (values[name] && !URL.canParse(values[name])) refuse(name);
  }
  const jwtKeys = values.JWT_SECRET ? parseJwtKeys(values.JWT_SECRET) : [];
  if (typeof jwtKeys === 'string') refuse('JWT_SECRET', jwtKeys);
  const serviceKeys = values.SERVICE_API_KEY ? parseServiceKeys(values.SERVICE_API_KEY) : [];
  if (typeof serviceKeys === 'string') refuse('SERVICE_API_KEY', serviceKeys);
  const given: Given = { values, has, hasAuthenticator };
  checkTogether(given, report);
  if (faults.size > 0 || typeof jwtKeys === 'string' || typeof serviceKeys === 'string')
    throw new ConfigError([...faults.values()]);

  const config = toConfig(given, values.DOMAINS ?? named);
  return { config, secrets: toSecrets(values, jwtKeys, serviceKeys), warnings: warningsOf(given) };
}

/** The text as the type its schema asks for, or unchanged when it is not of that type: the schema then refuses it. */
function coerce(name: VariableName, value: string): unknown {
  if (isSecret(name)) return value;
  const text = value.trim();
  switch (schemaOf(name)['type']) {
    case 'integer':
      return /^-?\d{1,15}$/.test(text) ? Number(text) : text;
    case 'boolean':
      return text === 'true' || (text === 'false' ? false : text);
    case 'array':
      return text.split(',').map((item) => item.trim());
    default:
      return text;
  }
}

function describe(name: VariableName, value = ''): string {
  if (isSecret(name)) return `a secret of ${new TextEncoder().encode(value).byteLength} bytes`;
  if (/:\/\/.*@/.test(value)) return 'an address with credentials in it';
  return JSON.stringify(value.length > 100 ? `${value.slice(0, 100)}…` : value);
}

function toConfig(given: Given, domains: readonly string[]): Config {
  const { values, has } = given;
  return {
    environment: values.NODE_ENV,
    host: values.HOST ?? (authMode(given) === 'insecure' ? '127.0.0.1' : '0.0.0.0'),
    port: values.PORT,
    reusePort: values.REUSE_PORT,
    ...(values.WORKER && { worker: values.WORKER }),
    domains,
    logLevel: values.LOG_LEVEL,
    apiDocs: values.API_DOCS ?? (values.NODE_ENV === 'production' ? 'operators' : 'public'),
    pages: values.PAGES ?? (values.NODE_ENV === 'production' ? 'plain' : 'full'),
    origins: {
      listed: values.CORS_ORIGINS ?? [],
      local: values.NODE_ENV === 'development' && !has('CORS_ORIGINS'),
      checkHost: authMode(given) === 'insecure',
    },
    drainTimeoutMs: values.DRAIN_TIMEOUT_MS,
    database: {
      driver: values.DATABASE_DRIVER,
      poolSize: values.DATABASE_POOL_SIZE,
      queryTimeoutMs: values.QUERY_TIMEOUT_MS,
      connectTimeoutMs: values.CONNECT_TIMEOUT_MS,
    },
    broker: brokerKind(given),
    headCheckMs: values.HEAD_CHECK_MS,
    idleSleepMs: values.IDLE_SLEEP_MS,
    timestampZone: values.TIMESTAMP_ZONE,
    retention: { ageMs: values.RETENTION_AGE_MS, count: values.RETENTION_COUNT },
    auth: {
      mode: authMode(given),
      ...(values.JWT_ISSUER && { issuer: values.JWT_ISSUER }),
      ...(values.JWT_AUDIENCE && { audience: values.JWT_AUDIENCE }),
      ...(values.JWKS_URL && { jwksUrl: values.JWKS_URL }),
    },
    limits: {
      socketsPerUser: values.LIMIT_SOCKETS_PER_USER,
      streamsPerUser: values.LIMIT_STREAMS_PER_USER,
      streamLifetimeMs: values.STREAM_LIFETIME_MS,
      requestsPerMinute: values.LIMIT_REQUESTS_PER_MINUTE,
      framesPerMinute: values.LIMIT_FRAMES_PER_MINUTE,
      errorsPerMinute: values.LIMIT_ERRORS_PER_MINUTE,
      channelsPerSession: values.LIMIT_CHANNELS_PER_SESSION,
      frameBytes: values.LIMIT_FRAME_BYTES,
      sendBufferBytes: values.LIMIT_SEND_BUFFER_BYTES,
      sendBuffersTotalBytes: sendBuffersTotal(values),
      publicationBytes: values.LIMIT_PUBLICATION_BYTES,
      authTimeoutMs: values.AUTH_TIMEOUT_MS,
      heartbeatMs: values.HEARTBEAT_MS,
    },
    files: fileSettings(values),
    privateReceivers: values.PRIVATE_RECEIVERS,
  };
}

/** By default a quarter of the memory, and never less than one send buffer. */
function sendBuffersTotal(values: Variables): number {
  const { LIMIT_SEND_BUFFERS_TOTAL_BYTES: given, LIMIT_SEND_BUFFER_BYTES: one } = values;
  return given ?? Math.max(one, Math.floor(memoryLimitBytes() / 4));
}

function toSecrets(values: Variables, jwtKeys: JwtKeys, serviceKeys: ServiceKeys): Secrets {
  const bucket = bucketSettings(values);
  return {
    jwtKeys,
    serviceKeys,
    reach: reachSettings(values),
    ...(bucket && { bucket }),
    ...(values.DATABASE_URL && { databaseUrl: values.DATABASE_URL }),
    ...(values.DATABASE_URL_DIRECT && { databaseUrlDirect: values.DATABASE_URL_DIRECT }),
    ...(values.REDIS_URL && { redisUrl: values.REDIS_URL }),
  };
}

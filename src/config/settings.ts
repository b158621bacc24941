import type { ReachSettings } from '../extension/delivery-settings.ts';
import type { BucketSettings, FileSettings } from '../extension/files/settings.ts';
import type { Retention } from '../realtime/ports/event-log.ts';
import type { Limits } from '../realtime/sessions/limits.ts';
import { bucketSettings, fileSettings } from './files.ts';
import type { JwtKeys, ServiceKeys } from './keys.ts';
import { memoryLimitBytes } from './memory.ts';
import { reachSettings } from './reach.ts';
import { authMode, brokerKind, type Given } from './rules.ts';
import type { Variables } from './variables.ts';

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

/** The settings of valid variables. */
export function toConfig(given: Given, domains: readonly string[]): Config {
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

export function toSecrets(values: Variables, jwtKeys: JwtKeys, serviceKeys: ServiceKeys): Secrets {
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

import { describe, expect, test } from 'bun:test';
import { ConfigError, type Env, parseConfig } from '../src/config/config.ts';
import { renderConfigTable, renderEnvExample } from '../src/config/variable-tables.ts';
import { variableNames } from '../src/config/variables.ts';

const domains = ['barangay', 'venues'];
const secret = 'correct-horse-battery-staple-0123456789';
const production: Env = {
  NODE_ENV: 'production',
  DOMAINS: 'barangay',
  DATABASE_URL: 'postgres://app:hunter2@db.example/app',
  JWT_SECRET: secret,
};

function faultsOf(env: Env): ConfigError {
  try {
    parseConfig(env, domains);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error('the configuration was accepted');
}

const faultyNames = (env: Env) => faultsOf(env).faults.map(({ variable }) => variable);

test('insecure mode is for this machine, unless it is told where to listen', () => {
  const hostOf = (env: Env) => parseConfig(env, domains).config.host;
  const jwt = { JWT_SECRET: 'x'.repeat(32) };
  expect(hostOf(jwt)).toBe('0.0.0.0');
  expect(hostOf({ ...jwt, AUTH_MODE: 'insecure' })).toBe('127.0.0.1');
  expect(hostOf({ HOST: '0.0.0.0' })).toBe('0.0.0.0');
});

test('origins of applications on phones and desktops may be listed', () => {
  const origins = [
    'capacitor://localhost',
    'ionic://localhost',
    'tauri://localhost',
    'https://a.example:8443',
  ];
  expect(parseConfig({ CORS_ORIGINS: origins.join(', ') }, domains).config.origins).toEqual({
    listed: origins,
    local: false,
    checkHost: true,
  });
  for (const wrong of ['localhost:3000', 'https://a.example/path', 'https://u:p@a.example', '://a']) {
    expect(faultyNames({ CORS_ORIGINS: wrong })).toEqual(['CORS_ORIGINS']);
  }
});

test('an empty environment is a development server with every default', () => {
  const { config, secrets } = parseConfig({}, domains);
  expect(config).toEqual({
    environment: 'development',
    host: '127.0.0.1',
    port: 3000,
    reusePort: false,
    domains: [],
    logLevel: 'info',
    apiDocs: 'public',
    pages: 'full',
    origins: { listed: [], local: true, checkHost: true },
    drainTimeoutMs: 10_000,
    database: { driver: 'auto', poolSize: 10, queryTimeoutMs: 5000, connectTimeoutMs: 5000 },
    broker: 'postgres',
    headCheckMs: 5000,
    idleSleepMs: 0,
    timestampZone: 'UTC',
    retention: { ageMs: 604_800_000, count: 100_000 },
    auth: { mode: 'insecure' },
    limits: {
      socketsPerUser: 5,
      streamsPerUser: 3,
      streamLifetimeMs: 900_000,
      requestsPerMinute: 300,
      framesPerMinute: 100,
      errorsPerMinute: 20,
      channelsPerSession: 128,
      frameBytes: 65_536,
      sendBufferBytes: 1_048_576,
      sendBuffersTotalBytes: expect.any(Number),
      publicationBytes: 131_072,
      authTimeoutMs: 10_000,
      heartbeatMs: 25_000,
    },
    files: {
      types: expect.arrayContaining(['audio/webm', 'image/heic']),
      maxBytes: 26_214_400,
      linkMs: 120_000,
      uploadMs: 900_000,
      unusedMs: 86_400_000,
      uploadsPerHour: 100,
      uploadBytesPerDay: 536_870_912,
      directory: '.data/files',
    },
    privateReceivers: false,
  });
  expect(secrets).toEqual({
    jwtKeys: [],
    serviceKeys: [],
    reach: {
      sms: { limits: { perPerson: 10, perDay: 1_000 }, maxSegments: 3, phones: false },
      hours: { timeZone: 'UTC', digestMinute: 420 },
      records: { keptMs: 90 * 86_400_000, activityKeptMs: 30 * 86_400_000, activity: false },
    },
  });
});

test('blank values count as unset, unknown variables are ignored, lists are trimmed', () => {
  const env = {
    PORT: '',
    LOG_LEVEL: '  ',
    PATH: '/bin',
    DOMAINS: 'venues , barangay',
    HEARTBEAT_MS: ' 1000 ',
  };
  const { config } = parseConfig(env, domains);
  expect(config).toMatchObject({ port: 3000, logLevel: 'info', domains: ['venues', 'barangay'] });
  expect(config.limits.heartbeatMs).toBe(1000);
});

test('all faults are reported at once, across kinds of rules', () => {
  const error = faultsOf({
    NODE_ENV: 'production',
    PORT: '80.5',
    LOG_LEVEL: 'loud',
    DOMAINS: 'barangay,moon',
    JWT_SECRET: 'short',
    JWKS_URL: 'http://id.example/keys',
    CORS_ORIGINS: 'https://a.example/path',
    LIMIT_PUBLICATION_BYTES: '900000',
  });
  expect(error.exitCode).toBe(78);
  expect(error.faults.map(({ variable }) => variable).sort()).toEqual([
    'CORS_ORIGINS',
    'DATABASE_URL',
    'DOMAINS',
    'JWKS_URL',
    'JWT_SECRET',
    'LIMIT_PUBLICATION_BYTES',
    'LOG_LEVEL',
    'PORT',
  ]);
  expect(error.message).toContain('PORT: found "80.5"; expected a whole number from 0 to 65535');
});

test.each(['-1', '65536', '3000x', '1e3', '0x10', 'NaN', '80.0'])('PORT=%s is refused', (PORT) => {
  expect(faultyNames({ PORT })).toEqual(['PORT']);
});

test('production needs its database and a key, and nothing else', () => {
  expect(faultyNames({ NODE_ENV: 'production' })).toEqual(['DATABASE_URL', 'JWT_SECRET']);
  expect(parseConfig(production, domains)).toMatchObject({ config: { auth: { mode: 'jwt' } }, warnings: [] });
});

test('insecure mode in production has to be spelled out, and is warned about', () => {
  const { JWT_SECRET: _, ...keyless } = production;
  expect(faultyNames(keyless)).toEqual(['JWT_SECRET']);
  const { config, warnings } = parseConfig({ ...keyless, AUTH_MODE: 'insecure' }, domains);
  expect(config.auth.mode).toBe('insecure');
  expect(warnings.join()).toContain('IN PRODUCTION');
});

test('a key turns checking on, and asking for it without a key is a fault', () => {
  expect(parseConfig({ JWT_SECRET: secret }).config.auth.mode).toBe('jwt');
  expect(parseConfig({ JWKS_URL: 'http://localhost/keys' }).config.auth.mode).toBe('jwt');
  expect(parseConfig({ JWT_SECRET: secret, AUTH_MODE: 'insecure' }).config.auth.mode).toBe('insecure');
  expect(faultyNames({ AUTH_MODE: 'jwt' })).toEqual(['JWT_SECRET']);
  expect(faultyNames({ AUTH_MODE: 'jtw' })).toEqual(['AUTH_MODE', 'JWT_SECRET']);
});

test('instances never split by default: Redis where there is one, otherwise the database, memory by choice', () => {
  const REDIS_URL = 'rediss://:hunter2@redis.example:6379/1';
  const brokerOf = (env: Env) => parseConfig(env).config.broker;
  expect(brokerOf({})).toBe('postgres');
  expect(brokerOf({ REDIS_URL })).toBe('redis');
  expect(brokerOf({ REDIS_URL, BROKER: 'postgres' })).toBe('postgres');
  expect(brokerOf({ BROKER: 'memory' })).toBe('memory');
  const { config, secrets } = parseConfig({ REDIS_URL });
  expect(secrets.redisUrl).toBe(REDIS_URL);
  expect(JSON.stringify(config)).not.toContain('hunter2');
  expect(faultyNames({ BROKER: 'redis' })).toEqual(['REDIS_URL']);
  expect(faultyNames({ REDIS_URL: 'localhost:6379' })).toEqual(['REDIS_URL']);
  expect(faultyNames({ REDIS_URL: 'redis://host:port' })).toEqual(['REDIS_URL']);
  expect(faultyNames({ BROKER: 'kafka', HEAD_CHECK_MS: '0' })).toEqual(['BROKER', 'HEAD_CHECK_MS']);
});

test('memory in production is allowed and warned about', () => {
  const { warnings } = parseConfig({ ...production, BROKER: 'memory' }, domains);
  expect(warnings.join()).toContain('BROKER is memory');
});

test('JWT_SECRET holds one secret or several by key id, the first of which signs', () => {
  const other = `${secret}-old`;
  expect(parseConfig({ JWT_SECRET: secret }).secrets.jwtKeys).toEqual([{ secret }]);
  expect(parseConfig({ JWT_SECRET: JSON.stringify({ z: secret, a: other }) }).secrets.jwtKeys).toEqual([
    { kid: 'z', secret },
    { kid: 'a', secret: other },
  ]);
});

test.each([
  ['31 bytes', 'x'.repeat(31)],
  ['broken JSON', `{"a":"${secret}"`],
  ['no keys', '{}'],
  ['a short key among good ones', JSON.stringify({ a: secret, b: 'short' })],
  ['a key that is no text', JSON.stringify({ a: 12 })],
  ['key ids JavaScript would reorder', JSON.stringify({ 2: secret, 1: secret })],
  ['white space around it', `${secret}\n`],
])('JWT_SECRET with %s is refused', (_, JWT_SECRET) => {
  expect(faultyNames({ JWT_SECRET })).toEqual(['JWT_SECRET']);
});

test('no secret is in the text of a fault or in the loggable part', () => {
  const leaky = {
    DATABASE_URL: 'mysql://app:hunter2@db.example/app',
    DATABASE_URL_DIRECT: 'hunter2',
    JWT_SECRET: '{"hunter2":"hunter2"',
    SERVICE_API_KEY: 'hunter2',
    REDIS_URL: 'http://:hunter2@redis.example',
    JWKS_URL: 'https://me:hunter2@id.example',
  };
  const error = faultsOf(leaky);
  expect(error.faults).toHaveLength(6);
  expect(`${error.stack}${JSON.stringify(error)}`).not.toContain('hunter2');
  const serviceKey = 'service-key-0123456789abcdef';
  const { config, secrets } = parseConfig({ ...production, SERVICE_API_KEY: serviceKey }, domains);
  expect(secrets.serviceKeys).toEqual([
    { id: 'service', key: serviceKey, scopes: ['publish', 'read', 'operate'] },
  ]);
  expect(secrets.databaseUrl).toBe('postgres://app:hunter2@db.example/app');
  for (const hidden of [secret, serviceKey, 'hunter2']) expect(JSON.stringify(config)).not.toContain(hidden);
});

test('public keys come over https in production', () => {
  const { JWT_SECRET: _, ...keyless } = production;
  expect(faultyNames({ ...keyless, JWKS_URL: 'http://id.example' })).toEqual(['JWKS_URL']);
  const { config, warnings } = parseConfig({ ...keyless, JWKS_URL: 'https://id.example/keys' }, domains);
  expect(config.auth).toEqual({ mode: 'jwt', jwksUrl: 'https://id.example/keys' });
  expect(warnings.join()).toContain('JWT_AUDIENCE');
});

test('.env.example is what the table of variables says and changes nothing when copied', async () => {
  const text = await Bun.file(new URL('../.env.example', import.meta.url)).text();
  // After a change: bun -e 'Bun.write(".env.example", (await import("./src/config/variables.ts")).renderEnvExample())'
  expect(text).toBe(renderEnvExample());
  expect([...text.matchAll(/^# ([A-Z0-9_]+)=/gm)].map(([, name = '']) => name)).toEqual([...variableNames]);
  expect(text.split('\n').every((line) => line === '' || line.startsWith('#'))).toBe(true);
});

test('the table of the documents has a row for every variable', () => {
  const rows = renderConfigTable().split('\n').slice(2);
  expect(rows.map((row) => row.split('`')[1] ?? '')).toEqual([...variableNames]);
});

test('webhook and web-push are set up whole or not at all, and in the open only where that is spelled out', () => {
  const secret = `whsec_${Buffer.alloc(32, 'k').toString('base64')}`;
  const vapid = {
    VAPID_PUBLIC_KEY: 'B'.repeat(87),
    VAPID_PRIVATE_KEY: 'k'.repeat(43),
    VAPID_SUBJECT: 'mailto:ops@example.com',
  };
  const whole = { WEBHOOK_URL: 'https://app.example/hook', WEBHOOK_SECRET: secret, ...vapid };
  expect(parseConfig(whole, domains).secrets.reach).toMatchObject({
    webhook: { url: 'https://app.example/hook', secret },
    vapid: { publicKey: 'B'.repeat(87), privateKey: 'k'.repeat(43), subject: 'mailto:ops@example.com' },
  });
  expect(faultyNames({ WEBHOOK_URL: whole.WEBHOOK_URL })).toEqual(['WEBHOOK_SECRET']);
  expect(faultyNames({ WEBHOOK_SECRET: secret })).toEqual(['WEBHOOK_URL']);
  expect(faultyNames({ VAPID_SUBJECT: vapid.VAPID_SUBJECT })).toEqual([
    'VAPID_PUBLIC_KEY',
    'VAPID_PRIVATE_KEY',
  ]);
  expect(faultyNames({ ...whole, WEBHOOK_SECRET: 'whsec_short' })).toEqual(['WEBHOOK_SECRET']);
  const open = { ...whole, WEBHOOK_URL: 'http://10.0.0.1/hook' };
  expect(faultyNames(open)).toEqual(['WEBHOOK_URL']);
  expect(parseConfig({ ...open, PRIVATE_RECEIVERS: 'true' }, domains).config.privateReceivers).toBe(true);
});

test('fcm takes a private key with line breaks or with \\n, and each of its variables names the others that are missing', () => {
  const pem = ['-----BEGIN PRIVATE KEY-----', 'MIIEvQ+/=', 'abc', '-----END PRIVATE KEY-----', ''];
  const whole = {
    FIREBASE_PROJECT_ID: 'tambuli-test',
    FIREBASE_CLIENT_EMAIL: 'push@tambuli-test.iam.gserviceaccount.com',
    FIREBASE_PRIVATE_KEY: pem.join('\\n'),
  };
  const expected = {
    projectId: whole.FIREBASE_PROJECT_ID,
    clientEmail: whole.FIREBASE_CLIENT_EMAIL,
    privateKey: pem.join('\n'),
  };
  for (const separator of ['\\n', '\n']) {
    const given = { ...whole, FIREBASE_PRIVATE_KEY: pem.join(separator) };
    expect(parseConfig(given, domains).secrets.reach.fcm).toEqual(expected);
  }
  expect(faultyNames({ FIREBASE_PROJECT_ID: 'tambuli-test' })).toEqual([
    'FIREBASE_CLIENT_EMAIL',
    'FIREBASE_PRIVATE_KEY',
  ]);
  expect(faultyNames({ ...whole, FIREBASE_PRIVATE_KEY: `"${whole.FIREBASE_PRIVATE_KEY}"` })).toEqual([
    'FIREBASE_PRIVATE_KEY',
  ]);
});

test('SMS go by a provider that is set up whole or by phones, and their callbacks are signed with the password where no key is set', () => {
  const provider = {
    SMS_URL: 'https://sms.example/Messages.json',
    SMS_USER: 'AC1',
    SMS_PASSWORD: 'secret',
    SMS_FROM: '+14155550100',
  };
  const callbackUrl = 'https://api.example/api/v1/realtime/sms';
  const settings = (more: object) => parseConfig({ ...provider, ...more }, domains).secrets.reach.sms;
  expect(settings({ SMS_CALLBACK_URL: callbackUrl, SMS_SEGMENT_COST: '0.8', SMS_CURRENCY: 'KES' })).toEqual({
    limits: { perPerson: 10, perDay: 1_000 },
    maxSegments: 3,
    phones: false,
    segmentCost: 0.8,
    currency: 'KES',
    http: { url: provider.SMS_URL, user: 'AC1', password: 'secret', from: '+14155550100' },
    callbacks: { callbackUrl, signingKey: 'secret' },
  });
  expect(faultyNames({ SMS_URL: provider.SMS_URL })).toEqual(['SMS_USER', 'SMS_PASSWORD', 'SMS_FROM']);
  expect(faultyNames({ SMS_SEGMENT_COST: '0.8' })).toEqual(['SMS_CURRENCY']);
  expect(faultyNames({ ...provider, SMS_GATEWAY: 'true' })).toEqual(['SMS_GATEWAY']);
  expect(faultyNames({ ...provider, SMS_URL: 'http://10.0.0.1/' })).toEqual(['SMS_URL']);
  expect(faultyNames({ SMS_CALLBACK_URL: callbackUrl })).toEqual(['SMS_URL']);
  expect(faultyNames({ ...provider, SMS_SIGNING_KEY: 'k' })).toEqual(['SMS_CALLBACK_URL']);
  expect(faultyNames({ ...provider, SMS_CALLBACK_URL: `${callbackUrl}/?x` })).toEqual(['SMS_CALLBACK_URL']);
  expect(faultyNames({ ...provider, SMS_FROM: '+07' })).toEqual(['SMS_FROM']);
});

test('e-mail needs a server and a sender, whose address adds nothing to a header', () => {
  const whole = { SMTP_URL: 'smtps://school:secret@smtp.example', EMAIL_FROM: 'School <school@example.com>' };
  expect(parseConfig(whole, domains).secrets.reach.email).toEqual({
    url: whole.SMTP_URL,
    from: whole.EMAIL_FROM,
  });
  expect(faultyNames({ SMTP_URL: whole.SMTP_URL })).toEqual(['EMAIL_FROM']);
  expect(faultyNames({ ...whole, SMTP_URL: 'https://smtp.example' })).toEqual(['SMTP_URL']);
  expect(faultyNames({ ...whole, EMAIL_FROM: 'School' })).toEqual(['EMAIL_FROM']);
});

describe('SERVICE_API_KEY', () => {
  const keysOf = (keys: unknown) =>
    parseConfig({ SERVICE_API_KEY: JSON.stringify(keys) }, domains).secrets.serviceKeys;
  const one = 'a'.repeat(24);
  const two = 'b'.repeat(24);

  test('holds several keys by id, each with its scopes', () => {
    expect(keysOf({ billing: { key: one, scopes: ['publish'] }, ops: two })).toEqual([
      { id: 'billing', key: one, scopes: ['publish'] },
      { id: 'ops', key: two, scopes: ['publish', 'read', 'operate'] },
    ]);
  });

  test.each([
    ['no key', {}],
    ['a short key', { billing: 'hunter2hunter2' }],
    ['a key with a space', { billing: `${one} ${two}` }],
    ['a key without text', { billing: { scopes: ['read'] } }],
    ['a scope that is none', { billing: { key: one, scopes: ['write'] } }],
    ['no scope', { billing: { key: one, scopes: [] } }],
    ['a field that is none', { billing: { key: one, scope: ['read'] } }],
    ['an id that is a number', { 7: one }],
    ['a key twice', { billing: one, ops: one }],
    ['a list', [one, two]],
  ])('with %s is refused, and no key is told', (_, keys) => {
    const { faults, message } = faultsOf({ SERVICE_API_KEY: JSON.stringify(keys) });
    expect(faults.map(({ variable }) => variable)).toEqual(['SERVICE_API_KEY']);
    for (const hidden of [one, two, 'hunter2']) expect(message).not.toContain(hidden);
  });
});

test('a bucket of files is set up whole or not at all, and takes the place of a directory', () => {
  const keys = { S3_ACCESS_KEY_ID: 'id', S3_SECRET_ACCESS_KEY: 'secret' };
  const { config, secrets } = parseConfig({ S3_BUCKET: 'files', S3_ENDPOINT: 'https://s3.example', ...keys });
  expect(config.files.directory).toBeUndefined();
  expect(secrets.bucket).toEqual({
    bucket: 'files',
    endpoint: 'https://s3.example',
    region: 'us-east-1',
    accessKeyId: 'id',
    secretAccessKey: 'secret',
  });
  expect(faultyNames({ S3_BUCKET: 'files' })).toEqual(['S3_ACCESS_KEY_ID', 'S3_SECRET_ACCESS_KEY']);
  expect(faultyNames({ S3_ENDPOINT: 'https://s3.example' })).toContain('S3_BUCKET');
  expect(faultyNames({ S3_BUCKET: 'files', ...keys, FILES_DIRECTORY: '/srv' })).toEqual(['FILES_DIRECTORY']);
  expect(faultyNames({ FILE_TYPES: 'image/svg+xml' })).toEqual(['FILE_TYPES']);
});

test('files lie on this machine in development, and nowhere without a word of the operator elsewhere', () => {
  const production = { NODE_ENV: 'production', DATABASE_URL: 'postgres://h/d', JWT_SECRET: 'x'.repeat(32) };
  expect(parseConfig({}).config.files.directory).toBe('.data/files');
  expect(parseConfig(production).config.files.directory).toBeUndefined();
  const { config } = parseConfig({ ...production, FILES_DIRECTORY: '/srv/files', FILE_TYPES: 'image/png' });
  expect(config.files).toMatchObject({ directory: '/srv/files', types: ['image/png'] });
});

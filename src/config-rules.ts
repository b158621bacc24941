import type { VariableName, Variables } from './config-variables.ts';

/** What the rules look at: the sound values, and which variables were given at all, sound or not. */
export interface Given {
  readonly values: Variables;
  has(name: VariableName): boolean;
}

export type Report = (variable: VariableName, found: string, expected: string) => void;

export type JwtKeys = readonly { readonly kid?: string; readonly secret: string }[];

/** RFC 7518 §3.2: an HS256 key is at least as long as the hash. */
const leastSecretBytes = 32;

/** Tokens are checked unless somebody spelled out otherwise, or develops without any key. */
export function authMode({ values, has }: Given): 'jwt' | 'insecure' {
  if (values.AUTH_MODE) return values.AUTH_MODE;
  const keyless = !has('JWT_SECRET') && !has('JWKS_URL') && !has('AUTH_MODE');
  return keyless && values.NODE_ENV !== 'production' ? 'insecure' : 'jwt';
}

/** Never `memory` by itself: a second instance would hear nothing of the first, and nobody would be told. */
export function brokerKind({ values, has }: Given): 'memory' | 'postgres' | 'redis' {
  return values.BROKER ?? (has('REDIS_URL') ? 'redis' : 'postgres');
}

const allOrNone: readonly (readonly VariableName[])[] = [
  ['WEBHOOK_URL', 'WEBHOOK_SECRET'],
  ['VAPID_PUBLIC_KEY', 'VAPID_PRIVATE_KEY', 'VAPID_SUBJECT'],
];

/** Reports what no variable shows by itself. */
export function checkTogether(given: Given, report: Report): void {
  const { values, has } = given;
  const production = values.NODE_ENV === 'production';
  if (production && !has('DATABASE_URL')) report('DATABASE_URL', 'nothing', 'a database in production');
  if (production && !has('DOMAINS')) report('DOMAINS', 'nothing', 'the domains to mount in production');
  if (!has('DATABASE_URL') && has('DATABASE_URL_DIRECT')) {
    report('DATABASE_URL', 'nothing', 'a database, as DATABASE_URL_DIRECT is set');
  }
  if (!has('DATABASE_URL') && values.DATABASE_DRIVER === 'neon') {
    report('DATABASE_URL', 'nothing', 'a database, as DATABASE_DRIVER is neon');
  }
  if (values.BROKER === 'redis' && !has('REDIS_URL')) {
    report('REDIS_URL', 'nothing', 'the address of a Redis, as BROKER is redis');
  }
  if (authMode(given) === 'jwt' && !has('JWT_SECRET') && !has('JWKS_URL')) {
    const alternative = production ? ' (AUTH_MODE=insecure, spelled out, trusts everybody)' : '';
    report('JWT_SECRET', 'nothing', `this or JWKS_URL, to check tokens with${alternative}`);
  }
  for (const names of allOrNone) {
    const given = names.find(has);
    for (const name of names) {
      if (given && !has(name)) report(name, 'nothing', `this too, as ${given} is set`);
    }
  }
  if (values.WEBHOOK_URL?.startsWith('http:') && !values.PRIVATE_RECEIVERS) {
    report('WEBHOOK_URL', 'an address without TLS', 'an https:// address, or PRIVATE_RECEIVERS=true');
  }
  if (values.LIMIT_PUBLICATION_BYTES * 2 > values.LIMIT_SEND_BUFFER_BYTES) {
    const half = Math.floor(values.LIMIT_SEND_BUFFER_BYTES / 2);
    const expected = `at most ${half}, half of LIMIT_SEND_BUFFER_BYTES, so that one publication closes nobody`;
    report('LIMIT_PUBLICATION_BYTES', String(values.LIMIT_PUBLICATION_BYTES), expected);
  }
}

/** What is allowed and dangerous. */
export function warningsOf(given: Given): string[] {
  const { values } = given;
  const warnings: string[] = [];
  if (authMode(given) === 'insecure') {
    const where = values.NODE_ENV === 'production' ? ' IN PRODUCTION' : '';
    warnings.push(
      `AUTH_MODE is insecure${where}: anybody can act as any user and as the service. Set JWT_SECRET or JWKS_URL.`,
    );
  }
  if (values.BROKER === 'memory' && values.NODE_ENV === 'production') {
    warnings.push('BROKER is memory: a second instance, also during a deploy, hears of nothing in time.');
  }
  if (values.JWKS_URL && !values.JWT_AUDIENCE) {
    warnings.push(
      'JWT_AUDIENCE is not set: tokens the identity provider made for other applications are accepted.',
    );
  }
  return warnings;
}

/** Whether public keys may be fetched from here. Credentials would end up in logs; plain http can be forged. */
export function isKeySetUrl(text: string, production: boolean): boolean {
  const url = URL.parse(text);
  if (!url || url.username || url.password) return false;
  return url.protocol === 'https:' || (url.protocol === 'http:' && !production);
}

/** The keys in JWT_SECRET, or what is wrong with it in words that hold nothing of it. */
export function parseJwtKeys(text: string): JwtKeys | string {
  const keys = text.trimStart().startsWith('{') ? parseKeyObject(text) : [{ secret: text }];
  if (typeof keys === 'string') return keys;
  if (keys.length === 0) return 'a JSON object without keys';
  for (const { secret } of keys) {
    const bytes = new TextEncoder().encode(secret).byteLength;
    if (bytes < leastSecretBytes) return `a secret of ${bytes} bytes`;
    if (secret !== secret.trim()) return 'a secret with white space around it';
  }
  return keys;
}

function parseKeyObject(text: string): JwtKeys | string {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return 'a text that begins with { and is not JSON';
  }
  const entries = Object.entries(Object(parsed));
  // JavaScript sorts keys that look like integers, and the first key has to stay the one that signs.
  if (entries.some(([kid]) => !/^[A-Za-z][\w.-]{0,63}$/.test(kid))) {
    return 'a key id that is not a letter followed by letters, digits, "_", "." or "-"';
  }
  const keys = entries.map(([kid, secret]) => ({ kid, secret }));
  return keys.every(hasText) ? keys : 'a secret that is not a string';
}

function hasText(key: { kid: string; secret: unknown }): key is { kid: string; secret: string } {
  return typeof key.secret === 'string';
}

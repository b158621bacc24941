import { isTimeZone } from '../lib/time-zone.ts';
import { checkFiles } from './files.ts';
import { checkReach } from './reach.ts';
import type { VariableName, Variables } from './variables.ts';

/** The input of the rules: the valid values, and the names of all variables that were given, valid or not. */
export interface Given {
  readonly values: Variables;
  has(name: VariableName): boolean;
  /** True where the application identifies callers itself. */
  readonly hasAuthenticator: boolean;
}

export type Report = (variable: VariableName, found: string, expected: string) => void;

/** Tokens are checked unless somebody spelled out otherwise, or develops without any key. */
export function authMode({ values, has, hasAuthenticator }: Given): 'jwt' | 'insecure' {
  if (values.AUTH_MODE) return values.AUTH_MODE;
  if (hasAuthenticator) return 'jwt';
  const keyless = !has('JWT_SECRET') && !has('JWKS_URL') && !has('AUTH_MODE');
  return keyless && values.NODE_ENV !== 'production' ? 'insecure' : 'jwt';
}

/** Never `memory` by itself: a second instance would hear nothing of the first, and nobody would be told. */
export function brokerKind({ values, has }: Given): 'memory' | 'postgres' | 'redis' {
  return values.BROKER ?? (has('REDIS_URL') ? 'redis' : 'postgres');
}

/** Reports what no variable shows by itself. */
export function checkTogether(given: Given, report: Report): void {
  const { values, has } = given;
  const production = values.NODE_ENV === 'production';
  if (production && !has('DATABASE_URL')) report('DATABASE_URL', 'nothing', 'a database in production');
  if (!has('DATABASE_URL') && has('DATABASE_URL_DIRECT')) {
    report('DATABASE_URL', 'nothing', 'a database, as DATABASE_URL_DIRECT is set');
  }
  if (!has('DATABASE_URL') && values.DATABASE_DRIVER === 'neon') {
    report('DATABASE_URL', 'nothing', 'a database, as DATABASE_DRIVER is neon');
  }
  if (values.BROKER === 'redis' && !has('REDIS_URL')) {
    report('REDIS_URL', 'nothing', 'the address of a Redis, as BROKER is redis');
  }
  if (authMode(given) === 'jwt' && !given.hasAuthenticator && !has('JWT_SECRET') && !has('JWKS_URL')) {
    const alternative = production ? ' (AUTH_MODE=insecure, spelled out, trusts everybody)' : '';
    report('JWT_SECRET', 'nothing', `this or JWKS_URL, to check tokens with${alternative}`);
  }
  checkReach(values, has, report);
  checkFiles(has, report);
  if (!isTimeZone(values.TIMESTAMP_ZONE)) {
    report('TIMESTAMP_ZONE', values.TIMESTAMP_ZONE, 'a time zone such as Asia/Manila');
  }
  const { LIMIT_SEND_BUFFERS_TOTAL_BYTES: allBuffers, LIMIT_SEND_BUFFER_BYTES: oneBuffer } = values;
  if (allBuffers !== undefined && allBuffers < oneBuffer) {
    const expected = `at least ${oneBuffer}, as LIMIT_SEND_BUFFER_BYTES, so that one reader may fill its own`;
    report('LIMIT_SEND_BUFFERS_TOTAL_BYTES', String(allBuffers), expected);
  }
  if (values.LIMIT_PUBLICATION_BYTES * 2 > values.LIMIT_SEND_BUFFER_BYTES) {
    const half = Math.floor(values.LIMIT_SEND_BUFFER_BYTES / 2);
    const expected = `at most ${half}, half of LIMIT_SEND_BUFFER_BYTES, so that one publication closes nobody`;
    report('LIMIT_PUBLICATION_BYTES', String(values.LIMIT_PUBLICATION_BYTES), expected);
  }
}

/** Returns a sentence for each setting that is allowed and dangerous. */
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

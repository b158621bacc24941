import { decodeProtectedHeader, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose';
import { AppError } from '../errors.ts';
import type { Clock } from '../lib/clock.ts';
import type { Principal } from '../realtime/principal.ts';
import { type ClaimSource, toPrincipal } from './claims.ts';
import { createKeySet } from './key-set.ts';

export interface JwtKey {
  readonly kid?: string;
  readonly secret: string;
}

export interface TokenVerifierOptions {
  /** HS256 secrets: all of them verify. */
  readonly keys: readonly JwtKey[];
  /** Address of a JSON Web Key Set, for asymmetric algorithms. */
  readonly jwksUrl?: string;
  readonly issuer?: string;
  readonly audience?: string;
  readonly clock: Clock;
}

/**
 * The identity a token proves. Throws AppError `invalid_token` or `token_expired`, never with anything of the token
 * in it, or `identity_unavailable` when the provider's keys cannot be fetched.
 */
export type VerifyToken = (token: string) => Promise<Principal>;

type Key = Uint8Array | Awaited<ReturnType<JWTVerifyGetKey>>;

/** More than any header of ours carries; longer ones are refused unread (R4). */
const maxTokenLength = 16_384;
/** The issuer's clock may be ahead by so much, for `nbf` and `iat`. `exp` is strict: a session could not outlive it anyway. */
const skewSeconds = 5;
/** The end of the year 9999: the last time that RFC 3339 can write, and far before the last one a Date can hold. */
const lastSecond = 253_402_300_799;
const asymmetric = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
];

const claimSource: ClaimSource = {
  code: 'invalid_token',
  userId: 'The "sub" claim of the token',
  role: 'The "role" claim of the token',
  tenants: 'The "tenants" claim of the token',
};

export function createTokenVerifier(options: TokenVerifierOptions): VerifyToken {
  const { issuer, audience, clock } = options;
  const secrets = options.keys.map(({ kid, secret }) => ({ kid, key: new TextEncoder().encode(secret) }));
  const keySet = options.jwksUrl === undefined ? undefined : createKeySet(options.jwksUrl, clock);

  /** The algorithm in the header picks the kind of key, so a public key never serves as an HS256 secret. */
  async function candidates(token: string): Promise<{ keys: readonly Key[]; algorithms: string[] }> {
    const { alg, kid } = readHeader(token);
    if (alg === 'HS256' && secrets.length > 0) {
      const matching = secrets.filter((key) => kid === undefined || key.kid === undefined || key.kid === kid);
      return { keys: matching.map(({ key }) => key), algorithms: ['HS256'] };
    }
    if (keySet && alg !== undefined && asymmetric.includes(alg)) {
      return { keys: await keysOf(keySet, { alg, ...(kid !== undefined && { kid }) }), algorithms: [alg] };
    }
    throw invalid('The algorithm of the token is not one this server accepts.');
  }

  return async (token) => {
    if (token.length > maxTokenLength) {
      throw invalid(`The token is longer than ${maxTokenLength} characters.`);
    }
    const { keys, algorithms } = await candidates(token);
    if (keys.length === 0) throw invalid('The token names a key ("kid") this server does not have.');
    const payload = await verifyWithAny(token, keys, {
      algorithms,
      requiredClaims: ['exp', 'sub'],
      currentDate: new Date(clock.now()),
      clockTolerance: skewSeconds,
      ...(issuer !== undefined && { issuer }),
      ...(audience !== undefined && { audience }),
    });
    const expiresAt = timeOf(payload, 'exp') * 1000;
    if (expiresAt <= clock.now()) throw expired();
    // A token that does not say when it was issued is older than any revocation.
    const issuedAt = payload.iat === undefined ? 0 : timeOf(payload, 'iat') * 1000;
    if (issuedAt > clock.now() + skewSeconds * 1000) {
      throw invalid('The "iat" claim of the token is in the future, or is not in seconds.');
    }
    const claims = { userId: payload.sub, role: payload['role'], tenants: payload['tenants'] };
    // A revocation from now on withdraws the token, also when its issuer's clock is ahead.
    return { ...toPrincipal(claims, claimSource), expiresAt, issuedAt: Math.min(issuedAt, clock.now()) };
  };
}

/** A NumericDate of RFC 7519: seconds since the Unix epoch. Throws AppError `invalid_token` for any other value. */
function timeOf(payload: JWTPayload, claim: 'exp' | 'iat'): number {
  const value: unknown = payload[claim];
  if (typeof value === 'number' && value >= 0 && value <= lastSecond) return value;
  throw invalid(`The "${claim}" claim of the token is not a time in seconds since 1970.`);
}

function readHeader(token: string): { alg: string | undefined; kid: string | undefined } {
  try {
    const { alg, kid } = decodeProtectedHeader(token);
    return { alg, kid };
  } catch (cause) {
    throw invalid('The token is not a signed JSON Web Token.', cause);
  }
}

async function keysOf(keySet: JWTVerifyGetKey, header: { alg: string; kid?: string }): Promise<Key[]> {
  const unused = { payload: '', signature: '' };
  try {
    return [await keySet(header, unused)];
  } catch (error) {
    if (error instanceof errors.JWKSMultipleMatchingKeys) return Array.fromAsync(error);
    if (error instanceof errors.JWKSNoMatchingKey) return [];
    throw error instanceof AppError
      ? error
      : invalid('The token cannot be checked with the known keys.', error);
  }
}

async function verifyWithAny(
  token: string,
  keys: readonly Key[],
  options: Parameters<typeof jwtVerify>[2],
): Promise<JWTPayload> {
  let failure: unknown;
  for (const key of keys) {
    try {
      return (await jwtVerify(token, key, options)).payload;
    } catch (error) {
      failure = error;
      if (!(error instanceof errors.JWSSignatureVerificationFailed)) break;
    }
  }
  throw toAppError(failure);
}

function toAppError(error: unknown): AppError {
  if (error instanceof errors.JWTExpired) return expired();
  if (error instanceof errors.JWTClaimValidationFailed) {
    const problems: Record<string, string> = {
      missing: 'is missing',
      check_failed: 'is not what this server accepts',
    };
    return invalid(
      `The "${error.claim}" claim of the token ${problems[error.reason] ?? 'is malformed'}.`,
      error,
    );
  }
  if (error instanceof errors.JWSSignatureVerificationFailed) {
    return invalid('The signature of the token does not fit any key of this server.', error);
  }
  return invalid('The token is malformed.', error);
}

function invalid(message: string, cause?: unknown): AppError {
  return new AppError('invalid_token', message, { cause });
}

function expired(): AppError {
  return new AppError('token_expired', 'The token has expired.');
}

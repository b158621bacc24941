import { createLocalJWKSet, createRemoteJWKSet, errors, type JWTVerifyGetKey } from 'jose';
import { AppError } from '../errors.ts';
import type { Clock } from '../lib/clock.ts';

/** After a failed fetch the provider is left alone this long, so that an outage costs no request its time. */
const retryAfterMs = 5_000;
const fetchTimeoutMs = 3_000;

/**
 * The public keys at `url`: fetched when first needed, every ten minutes, and (at most every 30 s) when a token names
 * a key that is not among them. While the provider is down the last known keys serve; without any, or for a key
 * that is not among them, it throws AppError `identity_unavailable`.
 */
export function createKeySet(url: string, clock: Clock): JWTVerifyGetKey {
  const remote = createRemoteJWKSet(new URL(url), { timeoutDuration: fetchTimeoutMs });
  let failure:
    | { readonly at: number; readonly cause: unknown; readonly lastKnown?: JWTVerifyGetKey }
    | undefined;

  return async (header, token) => {
    // A clock that was set back does not leave the provider alone for longer.
    if (!failure || Math.abs(clock.now() - failure.at) >= retryAfterMs) {
      try {
        const key = await remote(header, token);
        failure = undefined;
        return key;
      } catch (cause) {
        if (isAnswer(cause)) throw cause;
        const keys = remote.jwks();
        failure = { at: clock.now(), cause, ...(keys && { lastKnown: createLocalJWKSet(keys) }) };
      }
    }
    const { lastKnown, cause } = failure;
    if (!lastKnown) throw unavailable(cause);
    try {
      return await lastKnown(header, token);
    } catch (error) {
      throw error instanceof errors.JWKSNoMatchingKey ? unavailable(cause) : error;
    }
  };
}

/** Whether the keys are there and say something about the token, as opposed to not being there. */
function isAnswer(error: unknown): boolean {
  return (
    error instanceof errors.JWKSNoMatchingKey ||
    error instanceof errors.JWKSMultipleMatchingKeys ||
    error instanceof errors.JOSENotSupported
  );
}

function unavailable(cause: unknown): AppError {
  return new AppError(
    'identity_unavailable',
    'The keys to check the token with cannot be fetched just now.',
    {
      cause,
      retryAfterMs,
    },
  );
}

import { type JWTPayload, SignJWT } from 'jose';
import { AppError } from '../../src/errors.ts';
import { type Clock, systemClock } from '../../src/lib/clock.ts';

export const secret = 'correct-horse-battery-staple-0123456789';
export const hourMs = 3_600_000;

/** A clock that stands at a second until it is moved. */
export function movableClock(): Clock & { advance(ms: number): void } {
  let now = 1_760_000_000_000;
  return {
    ...systemClock,
    now: () => now,
    advance: (ms) => {
      now += ms;
    },
  };
}

type Signer = Parameters<SignJWT['sign']>[0];

export function signToken(
  claims: JWTPayload,
  key: Signer | string = secret,
  header: { alg: string; kid?: string } = { alg: 'HS256' },
): Promise<string> {
  const signer = typeof key === 'string' ? new TextEncoder().encode(key) : key;
  return new SignJWT(claims).setProtectedHeader(header).sign(signer);
}

/** The AppError a promise is rejected with. */
export async function failureOf(promise: Promise<unknown>): Promise<AppError> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

import { jwt } from '@elysiajs/jwt';
import { Elysia } from 'elysia';
import type { JwtKey } from './token-verifier.ts';

export interface TokenSignerOptions {
  readonly key: JwtKey;
  readonly issuer?: string;
  readonly audience?: string;
}

export interface TokenRequest {
  readonly userId: string;
  readonly role: string;
  readonly tenants: readonly string[];
  /** A time span such as `1h`, `30m` or `7 days`. */
  readonly expiresIn: string;
}

/** Makes development tokens that this server's verifier accepts. Throws TypeError when the span is none. */
export type SignToken = (request: TokenRequest) => Promise<string>;

export function createTokenSigner({ key, issuer, audience }: TokenSignerOptions): SignToken {
  // The plugin puts its signer among the decorations of an app, which are there without any request.
  const { signer } = new Elysia().use(
    jwt({ name: 'signer', secret: key.secret, alg: 'HS256', ...(key.kid !== undefined && { kid: key.kid }) }),
  ).decorator;
  return ({ userId, role, tenants, expiresIn }) =>
    signer.sign({
      sub: userId,
      role,
      tenants: [...tenants],
      exp: expiresIn,
      ...(issuer !== undefined && { iss: issuer }),
      ...(audience !== undefined && { aud: audience }),
    });
}

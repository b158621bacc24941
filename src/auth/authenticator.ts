import { AppError } from '../errors.ts';
import type { Clock } from '../lib/clock.ts';
import { type Principal, servicePrincipal } from '../realtime/principal.ts';
import { mayNameSomebody, readCredentials } from './credentials.ts';
import { insecureFromFrame, insecureFromRequest } from './insecure.ts';
import { createServiceKeyCheck, type ServiceKey } from './service-key.ts';
import { createTokenVerifier, type JwtKey } from './token-verifier.ts';

export interface AuthenticatorOptions {
  readonly auth: {
    readonly mode: 'jwt' | 'insecure';
    readonly issuer?: string;
    readonly audience?: string;
    readonly jwksUrl?: string;
  };
  readonly secrets: {
    readonly jwtKeys: readonly JwtKey[];
    readonly serviceKeys?: readonly ServiceKey[];
    /** Insecure mode, without keys of its own, takes tokens of the demo by it. */
    readonly demoKey?: JwtKey | undefined;
  };
  readonly clock: Clock;
}

/** The fields of an auth frame that identify somebody. */
export interface AuthClaims {
  readonly token?: string;
  readonly userId?: string | number;
  readonly role?: string;
  readonly tenants?: readonly string[];
}

/**
 * Identifies callers. Every method throws AppError `invalid_token`, `token_expired` or `identity_unavailable` for a token
 * that is not good; none of the messages holds anything of a credential. Withdrawn tokens are refused by `revocable`.
 */
export interface Authenticator {
  readonly mode: 'jwt' | 'insecure';
  /**
   * In insecure mode, a frame that names somebody wrongly also throws `invalid_frame`, and a token that nobody can check
   * says nothing: who sends it alone is the service itself.
   */
  fromFrame(frame: AuthClaims): Promise<Principal>;
  /**
   * Undefined, at once or later, when the upgrade names nobody: an auth frame is to follow. Insecure mode also throws
   * `validation_failed`.
   */
  fromUpgrade(request: Request): Promise<Principal | undefined> | undefined;
  /** Throws `unauthenticated` when the request names nobody, which in insecure mode is the service itself. */
  fromRequest(request: Request): Promise<Principal>;
}

export function createAuthenticator(options: AuthenticatorOptions): Authenticator {
  const { auth, secrets, clock } = options;
  const { mode } = auth;
  const insecure = mode === 'insecure';
  const checksTokens = secrets.jwtKeys.length > 0 || auth.jwksUrl !== undefined;
  const verify = createTokenVerifier({ ...auth, keys: secrets.jwtKeys, clock });
  const { serviceKeys = [], demoKey } = secrets;
  const verifyOfDemo =
    insecure && !checksTokens && demoKey ? createTokenVerifier({ keys: [demoKey], clock }) : undefined;
  const serviceOf = createServiceKeyCheck(serviceKeys);

  function checkServiceKey(given: string): Principal | undefined {
    const service = serviceOf(given);
    if (service) return service;
    if (serviceKeys.length === 0 && insecure) return undefined;
    throw new AppError('invalid_token', 'The x-api-key header is not a service key of this server.');
  }

  /** Undefined for every other token: in insecure mode it says nothing. Throws `token_expired`. */
  async function ofDemo(token: string | undefined): Promise<Principal | undefined> {
    if (token === undefined) return undefined;
    return verifyOfDemo?.(token).catch((error: unknown) => {
      if (AppError.from(error).code === 'invalid_token') return undefined;
      throw error;
    });
  }

  /** A token goes before a service key, and what can be checked before what is only said. */
  async function identify(request: Request): Promise<Principal | undefined> {
    const { token, serviceKey } = readCredentials(request);
    if (token !== undefined && checksTokens) return verify(token);
    const service = serviceKey === undefined ? undefined : checkServiceKey(serviceKey);
    if (service || !insecure) return service;
    return (await ofDemo(token)) ?? insecureFromRequest(request);
  }

  return {
    mode,
    async fromFrame(frame) {
      if (frame.token !== undefined && checksTokens) return verify(frame.token);
      const shown = frame.token === undefined ? undefined : await ofDemo(frame.token);
      if (shown) return shown;
      if (insecure && (frame.userId !== undefined || frame.token === undefined))
        return insecureFromFrame(frame);
      if (insecure) return servicePrincipal;
      throw new AppError('invalid_token', 'The auth frame needs a "token": this server checks who you are.');
    },
    fromUpgrade: (request) => (mayNameSomebody(request) ? identify(request) : undefined),
    async fromRequest(request) {
      const principal = await identify(request);
      if (principal) return principal;
      if (insecure) return servicePrincipal;
      throw new AppError(
        'unauthenticated',
        'Send "Authorization: Bearer <token>" or a service key as "x-api-key".',
      );
    },
  };
}

import { importPKCS8, SignJWT } from 'jose';
import type { FirebaseAccount } from '../../../extension/delivery-settings.ts';
import type { Clock } from '../../../lib/clock.ts';
import { parseObject } from '../json.ts';
import { type OutsideAnswer, postOutside } from '../outside.ts';

const scope = 'https://www.googleapis.com/auth/firebase.messaging';
const grantType = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
const assertionSeconds = 3_600;
/** A token is renewed this long before it ends, or at nine tenths of a shorter life. */
const renewedBeforeMs = 300_000;
const readBytes = 16_384;

export interface AccessTokenOptions {
  readonly account: FirebaseAccount;
  readonly tokenUrl: string;
  readonly allowPrivate: boolean;
  readonly clock: Clock;
}

/** A token, or the response that has none. */
export type AccessToken = { readonly token: string } | { readonly refused: OutsideAnswer };

/**
 * The access token of a service account (RFC 7523), cached until shortly before it ends. Attempts that need one at the
 * same time share one request.
 */
export class AccessTokens {
  readonly #options: AccessTokenOptions;
  #cached: { readonly token: string; readonly renewAt: number } | undefined;
  #asking: Promise<AccessToken> | undefined;

  constructor(options: AccessTokenOptions) {
    this.#options = options;
  }

  async get(signal: AbortSignal): Promise<AccessToken> {
    const cached = this.#cached;
    if (cached && this.#options.clock.now() < cached.renewAt) return { token: cached.token };
    this.#asking ??= this.#ask(signal).finally(() => {
      this.#asking = undefined;
    });
    return this.#asking;
  }

  /** Forgets a token that was refused; a newer one stays. */
  forget(token: string): void {
    if (this.#cached?.token === token) this.#cached = undefined;
  }

  async #ask(signal: AbortSignal): Promise<AccessToken> {
    const { tokenUrl: url, allowPrivate, clock } = this.#options;
    const body = new URLSearchParams({ grant_type: grantType, assertion: await this.#sign() }).toString();
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const answer = await postOutside({ url, headers, body, allowPrivate, signal, readBytes });
    const granted = answer.status === 200 ? parseGrant(answer.body) : undefined;
    if (!granted) return { refused: answer };
    const lifeMs = granted.seconds * 1_000;
    const renewAt = clock.now() + Math.max(lifeMs - renewedBeforeMs, lifeMs * 0.9);
    this.#cached = { token: granted.token, renewAt };
    return { token: granted.token };
  }

  async #sign(): Promise<string> {
    const { account, tokenUrl, clock } = this.#options;
    const issuedAt = Math.floor(clock.now() / 1_000);
    return new SignJWT({ scope })
      .setProtectedHeader({ alg: 'RS256', typ: 'JWT' })
      .setIssuer(account.clientEmail)
      .setAudience(tokenUrl)
      .setIssuedAt(issuedAt)
      .setExpirationTime(issuedAt + assertionSeconds)
      .sign(await importPKCS8(account.privateKey, 'RS256'));
  }
}

function parseGrant(body: string): { readonly token: string; readonly seconds: number } | undefined {
  const { access_token: token, expires_in: seconds } = parseObject(body);
  return typeof token === 'string' && typeof seconds === 'number' ? { token, seconds } : undefined;
}

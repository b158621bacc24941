import { createHash, timingSafeEqual } from 'node:crypto';
import { type Principal, type ServiceScope, servicePrincipal } from '../realtime/principal.ts';

/** The key of another backend. */
export interface ServiceKey {
  readonly id: string;
  readonly key: string;
  readonly scopes: readonly ServiceScope[];
}

/** A Socket.IO client that names nobody, in insecure mode: what an HTTP request that names nobody is. */
export const unnamedService: Principal = { ...servicePrincipal, unnamed: true };

/** The service that a key belongs to, found in a time that tells neither content, length nor which key it is. */
export function createServiceKeyCheck(keys: readonly ServiceKey[]): (given: string) => Principal | undefined {
  const known = keys.map(({ id, key, scopes }) => ({
    digest: sha256(key),
    principal: { ...servicePrincipal, key: { id, scopes } },
  }));
  return (given) => {
    const digest = sha256(given);
    const matches = known.filter((each) => timingSafeEqual(each.digest, digest));
    return matches[0]?.principal;
  };
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

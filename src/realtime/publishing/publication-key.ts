import type { Principal } from '../principal.ts';

/** The key under which a caller publishes on a channel. Spaces, which no caller's key has, set callers apart. */
export function publicationKey(key: string, principal: Principal): string {
  const { service, userId, key: serviceKey } = principal;
  if (!service) return `${key} ${userId}`;
  return serviceKey && serviceKey.id !== soleKeyId ? ` ${serviceKey.id} ${key}` : key;
}

/** The caller of a service key that stands alone, which publishes under the key as it is given. */
const soleKeyId = 'service';

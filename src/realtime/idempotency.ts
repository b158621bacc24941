import { AppError } from '../errors.ts';
import type { Draft } from './ports/event-log.ts';
import type { Principal } from './principal.ts';

/** Identifies a request that its caller may send again: the same scope and key within 24 hours is the same request. */
export interface RequestKey {
  /** The route and the caller. */
  readonly scope: string;
  readonly key: string;
  /** Of the parameters and the body; another hash under the same key is another request. */
  readonly hash: string;
}

export const keyConflict = () =>
  new AppError(
    'idempotency_conflict',
    'This idempotency key was used for another request within 24 hours. Use a new key for a new request.',
  );

/** What has to be the same in a publication whose key comes again, as one text. */
export const contentOf = ({ type, eventType, data, exclude, idempotencyContext }: Draft): string =>
  JSON.stringify([type, eventType, data, exclude, idempotencyContext]);

/** The key under which a caller publishes on a channel. Spaces, which no header's key has, set callers apart. */
export function publicationKey(key: string, principal: Principal): string {
  const { service, userId, key: serviceKey } = principal;
  if (!service) return `${key} ${userId}`;
  return serviceKey && serviceKey.id !== soleKeyId ? ` ${serviceKey.id} ${key}` : key;
}

/** Of a service key that stands alone: it publishes under the key as it is given. */
const soleKeyId = 'service';

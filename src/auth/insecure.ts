import type { Principal } from '../realtime/principal.ts';
import { type ClaimSource, type Claims, toPrincipal } from './claims.ts';

const frameSource: ClaimSource = {
  code: 'invalid_frame',
  userId: 'In insecure mode the "userId" of an auth frame',
  role: 'The "role" of an auth frame',
  tenants: '"tenants" of an auth frame',
};

const requestSource: ClaimSource = {
  code: 'validation_failed',
  userId: 'The "userId" parameter or "x-user-id" header',
  role: 'The "role" parameter or "x-role" header',
  tenants: 'The "tenants" parameter or "x-tenants" header',
};

/** Returns the principal that the frame names, unchecked. Throws AppError `invalid_frame`. */
export function insecureFromFrame(frame: Claims): Principal {
  // Applications whose ids are integers send them as such; the subject of a token is a text (RFC 7519 §4.1.2).
  const userId = Number.isSafeInteger(frame.userId) ? String(frame.userId) : frame.userId;
  return toPrincipal({ userId, role: frame.role, tenants: frame.tenants }, frameSource);
}

/**
 * The principal that `?userId=&role=&tenants=a,b` or the headers `x-user-id`, `x-role`, `x-tenants` name; undefined when
 * they name nobody. Throws AppError `validation_failed`.
 */
export function insecureFromRequest({ url, headers }: Request): Principal | undefined {
  const query = url.includes('?') ? new URL(url).searchParams : undefined;
  const read = (parameter: string, header: string) =>
    query?.get(parameter) ?? headers.get(header) ?? undefined;
  const userId = read('userId', 'x-user-id');
  const role = read('role', 'x-role');
  const tenants = read('tenants', 'x-tenants');
  if (userId === undefined && role === undefined && tenants === undefined) return undefined;
  return toPrincipal({ userId, role: role || undefined, tenants: split(tenants) }, requestSource);
}

function split(tenants: string | undefined): string[] {
  return (tenants ?? '')
    .split(',')
    .map((tenant) => tenant.trim())
    .filter((tenant) => tenant !== '');
}

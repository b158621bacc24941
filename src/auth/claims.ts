import { AppError } from '../errors.ts';
import { maxNameLength } from '../protocol/name.ts';
import { isText } from '../protocol/schemas/text.ts';
import type { ErrorCode } from '../protocol/wire/codes.ts';
import type { Principal } from '../realtime/principal.ts';

/** The unchecked claims of a client or a token about an identity. */
export interface Claims {
  readonly userId?: unknown;
  readonly role?: unknown;
  readonly tenants?: unknown;
}

/** The names the fields have where they come from, for messages, and the code of a failure. */
export interface ClaimSource {
  readonly code: ErrorCode;
  readonly userId: string;
  readonly role: string;
  readonly tenants: string;
}

export const defaultRole = 'user';
/** One list for all who are in no tenant. */
const noTenants: readonly string[] = [];

const maxTenants = 1000;

/** The identity the claims describe. Throws AppError `source.code` naming the field that is wrong. */
export function toPrincipal(claims: Claims, source: ClaimSource): Principal {
  const { userId, role = defaultRole, tenants = noTenants } = claims;
  if (!isName(userId)) throw wrong(source, source.userId, 'a text');
  if (!isName(role)) throw wrong(source, source.role, 'a text');
  if (!Array.isArray(tenants) || tenants.length > maxTenants || !tenants.every(isName)) {
    throw wrong(source, source.tenants, `a list of at most ${maxTenants} texts, each`);
  }
  // Identity providers write Officer or ADMIN; no two roles of a deployment differ in that alone.
  return { userId, role: role.toLowerCase(), tenants };
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && value.length > 0 && value.length <= maxNameLength && isText(value);
}

function wrong({ code }: ClaimSource, field: string, shape: string): AppError {
  return new AppError(code, `${field} has to be ${shape} of 1 to ${maxNameLength} characters without NUL.`);
}

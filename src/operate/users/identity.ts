import { defaultRole } from '../../auth/claims.ts';
import type { Principal } from '../../realtime/principal.ts';
import type { Remembered } from '../people.ts';
import type { UserView } from './model.ts';

export interface GivenIdentity {
  readonly asRole?: string | undefined;
  readonly asTenants?: string | undefined;
}

/** The identity of a person that rules are asked with, and where it is from. */
export interface KnownIdentity {
  readonly principal: Principal;
  readonly shown: UserView['identity'];
}

export function identityOf(
  userId: string,
  given: GivenIdentity,
  remembered: Iterable<Remembered>,
): KnownIdentity {
  const known = [...remembered].find(({ principal }) => principal)?.principal;
  const isGiven = given.asRole !== undefined || given.asTenants !== undefined;
  const role = given.asRole?.toLowerCase() ?? known?.role;
  const listed = given.asTenants?.split(',').map((tenant) => tenant.trim());
  const tenants = listed?.filter((tenant) => tenant !== '') ?? known?.tenants ?? [];
  const from = isGiven ? 'given' : known ? 'a connection' : 'nothing';
  return {
    principal: { userId, role: role ?? defaultRole, tenants },
    shown: { role: role ?? null, tenants: [...tenants], from },
  };
}

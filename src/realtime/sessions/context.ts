import type { Principal } from '../principal.ts';

/** The same identity, acting for one of its tenants alone. */
export function inContext(principal: Principal, tenant: string): Principal {
  return { ...principal, tenants: [tenant], granted: principal.granted ?? principal.tenants };
}

/** The tenant that this identity acts for alone, where it chose one. */
export const contextOf = (principal: Principal | undefined): string | undefined =>
  principal?.granted && principal.tenants[0];

/** Whether the credentials leave this tenant to be chosen: those that name none leave it to the rules. */
export function mayChoose({ tenants, granted = tenants }: Principal, tenant: string): boolean {
  return granted.length === 0 || granted.includes(tenant);
}

/** The principal of new credentials of the same user on a session: the context stays while they allow it. */
export function renewed(principal: Principal, before: Principal | undefined): Principal {
  const [tenant] = before?.granted ? before.tenants : [];
  const stays = tenant !== undefined && !principal.granted && mayChoose(principal, tenant);
  return stays ? inContext(principal, tenant) : principal;
}

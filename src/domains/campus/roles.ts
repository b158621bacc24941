import { AppError } from '../../errors.ts';
import type { Principal } from '../../realtime/principal.ts';
import type { Issue } from './model.ts';
import { type OrganizationRole, organizationRoles } from './role-names.ts';

/** The operations on an issue: the least role that may do each, and its name in words. */
const deeds = {
  create: { needs: 'reporter', said: 'create issues' },
  editOwn: { needs: 'reporter', said: 'edit issues of their own' },
  edit: { needs: 'staff', said: 'edit issues of others' },
  assign: { needs: 'staff', said: 'assign issues' },
  resolve: { needs: 'staff', said: 'resolve issues' },
  delete: { needs: 'admin', said: 'delete issues' },
} as const satisfies Record<string, { readonly needs: OrganizationRole; readonly said: string }>;
export type Deed = keyof typeof deeds;

/**
 * The role of somebody in an organisation they belong to: that of their row in `campus.members`, otherwise the role of
 * their token where it is one of these, otherwise reporter. A service is an admin everywhere.
 */
export function organizationRole(by: Principal, ofRow: OrganizationRole | undefined): OrganizationRole {
  if (by.service) return 'admin';
  return ofRow ?? organizationRoles.find((role) => role === by.role) ?? 'reporter';
}

/** Throws `forbidden` with the roles that may. */
export function checkDeed(deed: Deed, role: OrganizationRole): void {
  if (may(deed, role)) return;
  const { needs, said } = deeds[deed];
  const those = organizationRoles.slice(organizationRoles.indexOf(needs));
  throw new AppError('forbidden', `Only ${those.join(' and ')} ${said} here, and you are ${role}.`, {
    details: { role, needs: those },
  });
}

export function may(deed: Deed, role: OrganizationRole): boolean {
  return organizationRoles.indexOf(role) >= organizationRoles.indexOf(deeds[deed].needs);
}

export const editOf = (issue: Issue, by: Principal): Deed =>
  issue.reportedBy === by.userId ? 'editOwn' : 'edit';

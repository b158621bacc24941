import { AppError } from '../../errors.ts';
import type { Principal } from '../../realtime/principal.ts';
import { type Priority, priorities } from '../../tracking/statuses.ts';
import { type SchoolRole, schoolRoles } from './roles.ts';

interface Broadcasting {
  /** To whom; `everybody` also without naming a role. */
  readonly to: readonly SchoolRole[] | 'everybody';
  readonly most: Priority;
}

/** The rights of each role to broadcast at its schools; a role that is absent may not. */
export const broadcasters: { readonly [Role in SchoolRole]?: Broadcasting } = {
  teacher: { to: ['parent', 'student'], most: 'high' },
  finance_manager: { to: ['parent', 'teacher', 'principal'], most: 'high' },
  principal: { to: 'everybody', most: 'urgent' },
  school_director: { to: 'everybody', most: 'critical' },
  super_admin: { to: 'everybody', most: 'critical' },
};

/** Roles that lead no school alone, but all of it. */
export const administrators: readonly string[] = ['super_admin'] satisfies SchoolRole[];

/** Roles that see all of a school. */
export const leaderRoles: readonly SchoolRole[] = ['principal', 'school_director', 'super_admin'];

export const broadcasterRoles = schoolRoles.filter((role) => broadcasters[role]);

/**
 * Returns the reason for which this principal may not send a broadcast, or undefined. Without `targetRoles` it is for
 * everybody.
 */
export function refusalOf(
  { role, service }: Principal,
  { targetRoles, priority }: { readonly targetRoles?: readonly SchoolRole[]; readonly priority: Priority },
): string | undefined {
  if (service) return undefined;
  const may = broadcasters[role as SchoolRole];
  if (!may) return 'Your role may not broadcast.';
  const { to, most } = may;
  if (to !== 'everybody') {
    const others = targetRoles?.filter((target) => !to.includes(target));
    if (!others || others.length > 0) return `Your role may broadcast to ${to.join(', ')} alone.`;
  }
  if (priorities.indexOf(priority) <= priorities.indexOf(most)) return undefined;
  return `The most urgent that your role may broadcast is ${most}.`;
}

/**
 * Throws `forbidden` for somebody whose credentials name schools, if one of `schoolIds` is none of these. Without
 * `schoolIds`, it is about all schools.
 */
export function demandSchools({ tenants, service }: Principal, schoolIds?: readonly string[]): void {
  if (service || tenants.length === 0) return;
  if (!schoolIds) {
    throw new AppError('forbidden', 'This is about all schools: use credentials that name no school.');
  }
  const foreign = schoolIds.find((schoolId) => !tenants.includes(schoolId));
  if (foreign === undefined) return;
  throw new AppError('forbidden', `Your credentials do not name the school ${foreign}.`, {
    field: 'schoolIds',
  });
}

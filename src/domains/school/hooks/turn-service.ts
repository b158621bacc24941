import { AppError } from '../../../errors.ts';
import type { Principal } from '../../../realtime/principal.ts';
import { mayChoose } from '../../../realtime/sessions/context.ts';
import type { Tracking } from '../../../tracking/tracking.ts';
import { nameOfOwnSchool } from '../services/membership-service.ts';
import { schoolHooks } from './hooks.ts';

/**
 * Tells the devices of somebody that they turn to one of their schools. Throws `forbidden` for a school that is none of
 * theirs.
 */
export async function tellOfSwitch(tracking: Tracking, principal: Principal, schoolId: string) {
  const mayAsk = !principal.service && mayChoose(principal, schoolId);
  const schoolName = mayAsk ? await nameOfOwnSchool(tracking, principal, schoolId) : undefined;
  if (schoolName === undefined) throw new AppError('forbidden', 'This school is none of yours.');
  const { tenants, userId: directorId } = principal;
  const previousSchoolId = (tenants.length === 1 ? tenants[0] : undefined) ?? null;
  await schoolHooks(tracking).schoolContextSwitched({
    directorId,
    previousSchoolId,
    currentSchoolId: schoolId,
    schoolName,
  });
  return { schoolId, schoolName, previousSchoolId };
}

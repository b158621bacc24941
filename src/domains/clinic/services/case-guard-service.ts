import { and, eq, getTableColumns, type SQL, sql } from 'drizzle-orm';
import type { Drizzle } from '../../../db/connection/open.ts';
import { fence } from '../../../db/leases/lease-fence.ts';
import { readLease } from '../../../db/leases/lease-statements.ts';
import { assignments, rowJson } from '../../../db/writing/row-statements.ts';
import type { WriteStatement } from '../../../db/writing/write.ts';
import { AppError } from '../../../errors.ts';
import type { Principal } from '../../../realtime/principal.ts';
import { caseChannel } from '../channel-names.ts';
import type { Case } from '../model.ts';
import { cases } from '../schema.ts';
import { seesAll } from '../statuses.ts';

/** The conditions of a change of a case, beside those of the change itself. */
export interface Guard {
  readonly caseId: string;
  readonly version: number | undefined;
  readonly fencingToken: number | undefined;
}

/** The case that a statement changed, as it is answered and published. */
export const changedCase = rowJson('changed', getTableColumns(cases));

export const ownedBy = (principal: Principal) =>
  seesAll(principal) ? undefined : eq(cases.workerId, principal.userId);

/**
 * The part of a statement that changes a case which this identity sees and which is as `allowed` says: of two changes that
 * exclude each other one finds its row, and a stale version or lock finds none. `changed` has the case, and the worker it
 * had before as `worker_before`.
 */
export function guardedUpdate(
  { caseId, version, fencingToken }: Guard,
  principal: Principal,
  allowed: SQL,
  values: Readonly<Record<string, unknown>>,
): Pick<WriteStatement, 'before' | 'change'> {
  const { userId } = principal;
  const isMeant = and(
    eq(cases.caseId, caseId),
    ownedBy(principal),
    allowed,
    version === undefined ? undefined : eq(cases.version, version),
  );
  const set = assignments(cases, {
    ...values,
    version: sql`found.version + 1`,
    updatedBy: userId,
    updatedAt: sql`clock_timestamp()`,
  });
  return {
    before: {
      found: sql`select ${cases}.* from request, ${cases} where ${isMeant} for update of cases`,
      fence: fence(caseChannel(caseId), userId, fencingToken, sql`found`),
    },
    change: sql`update ${cases} set ${set} from found, fence where ${cases.caseId} = found.id
      returning ${cases}.*, found.worker_id as worker_before`,
  };
}

/** The case, if this identity may see it. Throws `not_found`. */
export async function visibleCase(db: Drizzle, caseId: string, principal: Principal): Promise<Case> {
  const [found] = await db
    .select()
    .from(cases)
    .where(and(eq(cases.caseId, caseId), ownedBy(principal)));
  if (!found) throw new AppError('not_found', `There is no case ${caseId}.`);
  return found;
}

/** Returns the refusal for an update that only the lock can have kept from its row. */
export async function lockRefusal(db: Drizzle, caseId: string, details: object): Promise<AppError> {
  const { holder } = await readLease(db, caseChannel(caseId));
  const said = holder
    ? `The case is locked by ${holder.userId} until ${holder.expiresAt}, and takes the token of that lock.`
    : 'The case changed meanwhile, or the lock of this token is over.';
  return new AppError('conflict', said, { details: { ...details, holder } });
}

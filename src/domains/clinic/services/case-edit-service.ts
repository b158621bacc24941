import { and, eq, notInArray, sql } from 'drizzle-orm';
import type { Drizzle } from '../../../db/connection/open.ts';
import { fence } from '../../../db/leases/lease-fence.ts';
import type { Publish, Publisher } from '../../../db/publisher.ts';
import { AppError } from '../../../errors.ts';
import { reviewCommand } from '../../../realtime/control/control.ts';
import type { Principal } from '../../../realtime/principal.ts';
import type { RequestKey } from '../../../realtime/publishing/idempotency.ts';
import { type Changed, carryOut } from '../change.ts';
import { allCases, caseChannel, casesOf } from '../channel-names.ts';
import type { Assignment, Case, CaseEdit } from '../model.ts';
import { cases } from '../schema.ts';
import { nextOf, statuses } from '../statuses.ts';
import { lockRefusal, ownedBy, visibleCase } from './case-service.ts';

type Fields = Partial<
  Pick<Case, 'patientName' | 'complaint' | 'village' | 'priority' | 'clinicianId' | 'workerId'>
>;

/** The author of a change of a case, and its conditions. */
interface Edit {
  readonly caseId: string;
  readonly version: number | undefined;
  readonly fencingToken: number | undefined;
  readonly principal: Principal;
  readonly requestKey: RequestKey | undefined;
}

/** Cases with one of these statuses stay as they are. */
const over = statuses.filter((status) => nextOf(status).length === 0);

/**
 * Changes what a case says and who has it; its status is the business of `CaseService`. Every change raises the version and
 * is published as `caseUpdate` with the case. All methods throw `not_found` for a case that the caller does not see, and
 * `conflict` for one that is over, at another version, or locked.
 */
export class CaseEditService {
  readonly #publisher: Publisher;

  constructor(publisher: Publisher) {
    this.#publisher = publisher;
  }

  edit(
    caseId: string,
    { version, fencingToken, ...fields }: CaseEdit,
    principal: Principal,
    requestKey?: RequestKey,
  ): Promise<Changed<Case>> {
    return this.#change({ caseId, version, fencingToken, principal, requestKey }, fields, 'updated');
  }

  /** The worker who had the case hears of it for the last time, and no more of its channel and chat (R3). */
  assign(
    caseId: string,
    { version, fencingToken, ...fields }: Assignment,
    principal: Principal,
    requestKey?: RequestKey,
  ): Promise<Changed<Case>> {
    return this.#change({ caseId, version, fencingToken, principal, requestKey }, fields, 'assigned');
  }

  #change(edit: Edit, fields: Fields, eventType: string): Promise<Changed<Case>> {
    if (Object.keys(fields).length === 0) {
      throw new AppError('validation_failed', 'The body changes nothing: name a field of the case.');
    }
    const change = async (tx: Drizzle, publish: Publish): Promise<Case> => {
      const { workerId: before } = await visibleCase(tx, edit.caseId, edit.principal);
      const changed = await update(tx, edit, before, fields);
      if (!changed) return change(tx, publish);
      const channels = new Set([
        allCases,
        casesOf(before),
        casesOf(changed.workerId),
        caseChannel(edit.caseId),
      ]);
      for (const channel of channels) {
        publish({ channel, type: 'caseUpdate', eventType, data: changed });
      }
      if (changed.workerId !== before) publish(reviewCommand(before));
      return changed;
    };
    return carryOut(this.#publisher, change, edit);
  }
}

/**
 * One guarded update, as that of a step: a stale version or lock finds no row. Undefined where the case was given to
 * another worker than `before` meanwhile.
 */
async function update(tx: Drizzle, edit: Edit, before: string, fields: Fields): Promise<Case | undefined> {
  const { caseId, version, fencingToken, principal } = edit;
  const held = tx
    .$with('fence', { token: sql<string>`token`.as('token') })
    .as(fence(caseChannel(caseId), principal.userId, fencingToken));
  const [changed] = await tx
    .with(held)
    .update(cases)
    .set({
      ...fields,
      version: sql`${cases.version} + 1`,
      updatedBy: principal.userId,
      updatedAt: sql`clock_timestamp()`,
    })
    .from(held)
    .where(
      and(
        eq(cases.caseId, caseId),
        eq(cases.workerId, before),
        ownedBy(principal),
        notInArray(cases.status, over),
        version === undefined ? undefined : eq(cases.version, version),
      ),
    )
    .returning();
  if (changed) return changed;
  const found = await visibleCase(tx, caseId, principal);
  if (found.workerId !== before) return undefined;
  throw await refusal(tx, edit, found);
}

async function refusal(tx: Drizzle, { caseId, version }: Edit, found: Case): Promise<AppError> {
  const { status, version: current } = found;
  const details = { status, version: current };
  if (over.includes(status)) {
    return new AppError('conflict', `A case that is ${status} stays as it is.`, { details });
  }
  if (version !== undefined && version !== current) {
    return new AppError('conflict', `The case is at version ${current}, not ${version}.`, { details });
  }
  return lockRefusal(tx, caseId, details);
}

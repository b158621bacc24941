import { notInArray, type SQL, sql } from 'drizzle-orm';
import type { Drizzle } from '../../../db/connection/open.ts';
import type { Publisher } from '../../../db/publisher.ts';
import { jsonObject, personalChannelOf } from '../../../db/writing/row-statements.ts';
import type { WriteStatement, WrittenPublication } from '../../../db/writing/write.ts';
import { AppError } from '../../../errors.ts';
import { reviewCommand } from '../../../realtime/control/control.ts';
import type { Principal } from '../../../realtime/principal.ts';
import type { RequestKey } from '../../../realtime/publishing/idempotency.ts';
import { type Author, type Changed, write } from '../change.ts';
import { allCases, caseChannel, myCases } from '../channel-names.ts';
import type { Assignment, Case, CaseEdit } from '../model.ts';
import { cases } from '../schema.ts';
import { nextOf, statuses } from '../statuses.ts';
import { changedCase, type Guard, guardedUpdate, lockRefusal, visibleCase } from './case-guard-service.ts';

type Fields = Partial<
  Pick<Case, 'patientName' | 'complaint' | 'village' | 'priority' | 'clinicianId' | 'workerId'>
>;

/** The author of a change of a case, and its conditions. */
interface Edit extends Guard, Author {}

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
    const { principal, caseId } = edit;
    const statement: WriteStatement = {
      ...guardedUpdate(edit, principal, notInArray(cases.status, over), fields),
      result: changedCase,
      publications: [
        allCases,
        casesOfWorker(sql`changed.worker_before`),
        sql`case when ${hasMoved} then ${casesOfWorker(sql`changed.worker_id`)} end`,
        caseChannel(caseId),
      ]
        .map((channel): WrittenPublication => ({ channel, type: 'caseUpdate', eventType }))
        .concat({
          channel: sql`case when ${hasMoved} then ${review.channel} end`,
          type: review.type,
          data: jsonObject({ userId: sql`changed.worker_before` }),
        }),
    };
    return write<Case>(this.#publisher, statement, edit, () => refusal(this.#publisher.db, edit));
  }
}

const hasMoved = sql`changed.worker_id <> changed.worker_before`;
const casesOfWorker = (workerId: SQL) => personalChannelOf(myCases, workerId);
const review = reviewCommand('');

/** Returns the reason for which the guarded update found no row. */
async function refusal(db: Drizzle, { caseId, version, principal }: Edit): Promise<AppError> {
  const { status, version: current } = await visibleCase(db, caseId, principal);
  const details = { status, version: current };
  if (over.includes(status)) {
    return new AppError('conflict', `A case that is ${status} stays as it is.`, { details });
  }
  if (version !== undefined && version !== current) {
    return new AppError('conflict', `The case is at version ${current}, not ${version}.`, { details });
  }
  return lockRefusal(db, caseId, details);
}

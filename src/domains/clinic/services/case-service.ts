import { and, desc, eq, getTableColumns, inArray, sql } from 'drizzle-orm';
import type { Drizzle } from '../../../db/connection/open.ts';
import { behind, type OrderColumn, type PageQuery, pageOf } from '../../../db/paging.ts';
import type { Publisher } from '../../../db/publisher.ts';
import { insertInto, personalChannelOf, rowJson } from '../../../db/writing/row-statements.ts';
import type { WriteStatement } from '../../../db/writing/write.ts';
import { AppError } from '../../../errors.ts';
import { snapshotAt } from '../../../protocol/schemas/written.ts';
import type { Principal } from '../../../realtime/principal.ts';
import type { RequestKey } from '../../../realtime/publishing/idempotency.ts';
import { type Author, type Changed, write } from '../change.ts';
import { allCases, caseChannel, casesOf, myCases } from '../channel-names.ts';
import type { Case, ClinicianReview, NewCase, StatusChange } from '../model.ts';
import { cases, reviews } from '../schema.ts';
import { isWorker, nextOf, type Status, seesAll, sourcesOf, stepsFrom } from '../statuses.ts';
import {
  changedCase,
  type Guard,
  guardedUpdate,
  lockRefusal,
  ownedBy,
  visibleCase,
} from './case-guard-service.ts';

/** One step of a case. */
interface Step extends Guard {
  readonly to: Status;
}

/** The cases. A person who may not see one is told that there is none. */
export class CaseService {
  readonly #publisher: Publisher;

  constructor(publisher: Publisher) {
    this.#publisher = publisher;
  }

  /** Published as `newCase` to those who see all cases, and to its worker. Throws `forbidden`. */
  create(
    { workerId, ...body }: NewCase,
    principal: Principal,
    requestKey?: RequestKey,
  ): Promise<Changed<Case>> {
    const { userId } = principal;
    if (workerId !== undefined && workerId !== userId && !seesAll(principal)) {
      throw new AppError('forbidden', 'A health worker brings cases of their own only.');
    }
    const values = { ...body, workerId: workerId ?? userId, updatedBy: userId };
    const statement: WriteStatement = {
      change: sql`${insertInto(cases, values, sql`request`)} returning *`,
      result: changedCase,
      publications: [allCases, casesOf(values.workerId)].map((channel) => ({ channel, type: 'newCase' })),
    };
    return write<Case>(this.#publisher, statement, { principal, requestKey });
  }

  /** Returns the cases that this identity sees, and the position of the channel that carries them. */
  async list({ status, cursor, limit }: PageQuery & { status?: Status }, principal: Principal) {
    const channel = seesAll(principal) ? allCases : casesOf(principal.userId);
    const { data, positions } = await this.#publisher.snapshot([channel], (tx) =>
      tx
        .select()
        .from(cases)
        .where(
          and(ownedBy(principal), status && eq(cases.status, status), behind(order, 'descending', cursor)),
        )
        .orderBy(desc(cases.updatedAt), desc(cases.caseId))
        .limit(limit + 1),
    );
    const page = pageOf(data, limit, ({ updatedAt, caseId }) => [updatedAt, caseId]);
    return { ...page, ...snapshotAt(positions) };
  }

  /** One case with its reviews, and the steps that this identity may take. Throws `not_found`. */
  async read(caseId: string, principal: Principal) {
    const { data, positions } = await this.#publisher.snapshot([caseChannel(caseId)], async (tx) => {
      const found = await visibleCase(tx, caseId, principal);
      const known = eq(reviews.caseId, caseId);
      return {
        ...found,
        reviews: await tx.select().from(reviews).where(known).orderBy(reviews.createdAt),
        steps: [...stepsFrom(found.status, principal)],
      };
    });
    return { data, ...snapshotAt(positions) };
  }

  /** Throws `not_found`, `forbidden`, `conflict`. */
  changeStatus(
    { status: to, version, ...rest }: StatusChange,
    principal: Principal,
    requestKey?: RequestKey,
  ): Promise<Changed<Case>> {
    const { caseId, fencingToken } = rest;
    return this.#step({ caseId, to, version, fencingToken }, { principal, requestKey });
  }

  /** Stores the review and takes the step it means, both or neither. Throws as `changeStatus`. */
  review(
    caseId: string,
    body: ClinicianReview,
    principal: Principal,
    requestKey?: RequestKey,
  ): Promise<Changed<Case>> {
    const { assessment, advice, status: to = 'REVIEWED', version, fencingToken } = body;
    const review = { caseId, clinicianId: principal.userId, assessment, advice, status: to };
    const reviewed = sql`${insertInto(reviews, review, sql`changed`)} returning 1`;
    return this.#step({ caseId, to, version, fencingToken }, { principal, requestKey }, { reviewed });
  }

  #step(wanted: Step, author: Author, after: WriteStatement['after'] = {}): Promise<Changed<Case>> {
    const { to } = wanted;
    const { principal } = author;
    const allowed = inArray(cases.status, [...sourcesOf(to, principal)]);
    const { caseId, status, updatedBy, updatedAt: timestamp } = getTableColumns(cases);
    const data = rowJson('changed', { caseId, status, updatedBy, timestamp });
    const ofWorker = personalChannelOf(myCases, sql`changed.worker_id`);
    const statement: WriteStatement = {
      ...guardedUpdate(wanted, principal, allowed, { status: to }),
      after,
      result: changedCase,
      publications: [allCases, ofWorker, caseChannel(wanted.caseId)].map((channel) => ({
        channel,
        type: 'caseStatusUpdate',
        data,
      })),
    };
    return write<Case>(this.#publisher, statement, author, () =>
      refusal(this.#publisher.db, wanted, principal),
    );
  }
}

const order: readonly OrderColumn[] = [
  [cases.updatedAt, 'timestamptz'],
  [cases.caseId, 'text'],
];

export async function isCaseOf(db: Drizzle, workerId: string, caseId: string): Promise<boolean> {
  const rows = await db
    .select({ caseId: cases.caseId })
    .from(cases)
    .where(and(eq(cases.caseId, caseId), eq(cases.workerId, workerId)));
  return rows.length > 0;
}

/** Returns the reason for which the guarded update found no row. */
async function refusal(db: Drizzle, { caseId, to, version }: Step, principal: Principal): Promise<AppError> {
  const { status, version: current } = await visibleCase(db, caseId, principal);
  const legal = nextOf(status);
  const details = { status, version: current, legal };
  if (!legal.includes(to)) {
    const said = legal.length > 0 ? `it may become ${legal.join(', ')}` : 'nothing follows';
    return new AppError('conflict', `A case that is ${status} cannot become ${to}: ${said}.`, { details });
  }
  if (!sourcesOf(to, principal).includes(status)) {
    const whose = isWorker(principal) ? 'a clinician' : 'a health worker';
    return new AppError('forbidden', `It takes ${whose} to bring a case from ${status} to ${to}.`);
  }
  if (version !== undefined && version !== current) {
    return new AppError('conflict', `The case is at version ${current}, not ${version}.`, { details });
  }
  return lockRefusal(db, caseId, details);
}

import { and, desc, eq, inArray, sql } from 'drizzle-orm';
import type { Drizzle } from '../../../db/connection/open.ts';
import { fence } from '../../../db/leases/lease-fence.ts';
import { readLease } from '../../../db/leases/lease-statements.ts';
import { behind, type OrderColumn, type PageQuery, pageOf } from '../../../db/paging.ts';
import type { Publisher } from '../../../db/publisher.ts';
import { AppError } from '../../../errors.ts';
import { formatPositions } from '../../../protocol/wire/position.ts';
import type { Principal } from '../../../realtime/principal.ts';
import type { RequestKey } from '../../../realtime/publishing/idempotency.ts';
import { type Changed, carryOut } from '../change.ts';
import { allCases, caseChannel, casesOf } from '../channel-names.ts';
import type { Case, ClinicianReview, NewCase, StatusChange } from '../model.ts';
import { cases, reviews } from '../schema.ts';
import { isWorker, nextOf, type Status, seesAll, sourcesOf } from '../statuses.ts';

/** One step of a case, and under which conditions it is taken. */
interface Step {
  readonly caseId: string;
  readonly to: Status;
  readonly version: number | undefined;
  readonly fencingToken: number | undefined;
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
    return this.#publishing(principal, requestKey, async (tx, publish) => {
      const values = { ...body, workerId: workerId ?? userId, updatedBy: userId };
      const created = first(await tx.insert(cases).values(values).returning());
      publish([allCases, casesOf(created.workerId)], 'newCase', created);
      return created;
    });
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
    return { ...page, position: formatPositions(positions) };
  }

  /** One case with its reviews. Throws `not_found`. */
  async read(caseId: string, principal: Principal) {
    const { data, positions } = await this.#publisher.snapshot([caseChannel(caseId)], async (tx) => ({
      ...(await visibleCase(tx, caseId, principal)),
      reviews: await tx.select().from(reviews).where(eq(reviews.caseId, caseId)).orderBy(reviews.createdAt),
    }));
    return { data, position: formatPositions(positions) };
  }

  /** Throws `not_found`, `forbidden`, `conflict`. */
  changeStatus(
    { status: to, version, ...rest }: StatusChange,
    principal: Principal,
    requestKey?: RequestKey,
  ): Promise<Changed<Case>> {
    const { caseId, fencingToken } = rest;
    return this.#publishing(principal, requestKey, (tx, publish) =>
      step(tx, publish, { caseId, to, version, fencingToken }, principal),
    );
  }

  /** Stores the review and takes the step it means, both or neither. Throws as `changeStatus`. */
  review(
    caseId: string,
    body: ClinicianReview,
    principal: Principal,
    requestKey?: RequestKey,
  ): Promise<Changed<Case>> {
    const { assessment, advice, status: to = 'REVIEWED', version, fencingToken } = body;
    return this.#publishing(principal, requestKey, async (tx, publish) => {
      const changed = await step(tx, publish, { caseId, to, version, fencingToken }, principal);
      const clinicianId = principal.userId;
      await tx.insert(reviews).values({ caseId, clinicianId, assessment, advice, status: to });
      return changed;
    });
  }

  #publishing<T>(
    principal: Principal,
    requestKey: RequestKey | undefined,
    work: (tx: Drizzle, publish: Publish) => Promise<T>,
  ): Promise<Changed<T>> {
    return carryOut(
      this.#publisher,
      (tx, publish) =>
        work(tx, (channels, type, data) => {
          for (const channel of channels) publish({ channel, type, data });
        }),
      { principal, requestKey },
    );
  }
}

const order: readonly OrderColumn[] = [
  [cases.updatedAt, 'timestamptz'],
  [cases.caseId, 'text'],
];

type Publish = (channels: readonly string[], type: string, data: unknown) => void;

/** The case, if this identity may see it. Throws `not_found`. */
export async function visibleCase(db: Drizzle, caseId: string, principal: Principal): Promise<Case> {
  const [found] = await db
    .select()
    .from(cases)
    .where(and(eq(cases.caseId, caseId), ownedBy(principal)));
  if (!found) throw new AppError('not_found', `There is no case ${caseId}.`);
  return found;
}

export async function isCaseOf(db: Drizzle, workerId: string, caseId: string): Promise<boolean> {
  const rows = await db
    .select({ caseId: cases.caseId })
    .from(cases)
    .where(and(eq(cases.caseId, caseId), eq(cases.workerId, workerId)));
  return rows.length > 0;
}

export const ownedBy = (principal: Principal) =>
  seesAll(principal) ? undefined : eq(cases.workerId, principal.userId);

/** One guarded update: of two steps that exclude each other one finds its row, and a stale lock finds none. */
async function step(tx: Drizzle, publish: Publish, wanted: Step, principal: Principal): Promise<Case> {
  const { caseId, to, version, fencingToken } = wanted;
  const { userId } = principal;
  const held = tx
    .$with('fence', { token: sql<string>`token`.as('token') })
    .as(fence(caseChannel(caseId), userId, fencingToken));
  const [changed] = await tx
    .with(held)
    .update(cases)
    .set({
      status: to,
      version: sql`${cases.version} + 1`,
      updatedBy: userId,
      updatedAt: sql`clock_timestamp()`,
    })
    .from(held)
    .where(
      and(
        eq(cases.caseId, caseId),
        ownedBy(principal),
        inArray(cases.status, [...sourcesOf(to, principal)]),
        version === undefined ? undefined : eq(cases.version, version),
      ),
    )
    .returning();
  if (!changed) throw await refusal(tx, wanted, principal);
  const { status, updatedBy, updatedAt: timestamp, workerId } = changed;
  const data = { caseId, status, updatedBy, timestamp };
  publish([allCases, casesOf(workerId), caseChannel(caseId)], 'caseStatusUpdate', data);
  return changed;
}

/** Returns the reason for which the guarded update found no row. */
async function refusal(tx: Drizzle, { caseId, to, version }: Step, principal: Principal): Promise<AppError> {
  const { status, version: current } = await visibleCase(tx, caseId, principal);
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
  return lockRefusal(tx, caseId, details);
}

/** Returns the refusal for an update that only the lock can have kept from its row. */
export async function lockRefusal(tx: Drizzle, caseId: string, details: object): Promise<AppError> {
  const { holder } = await readLease(tx, caseChannel(caseId));
  const said = holder
    ? `The case is locked by ${holder.userId} until ${holder.expiresAt}, and takes the token of that lock.`
    : 'The case changed meanwhile, or the lock of this token is over.';
  return new AppError('conflict', said, { details: { ...details, holder } });
}

function first<T>(rows: readonly T[]): T {
  if (rows[0] === undefined) throw new Error('An insert answered without its row.');
  return rows[0];
}

import { and, eq, sql } from 'drizzle-orm';
import type { PgUpdateSetSource } from 'drizzle-orm/pg-core';
import { sqlState } from '../../../db/connection/errors.ts';
import type { Drizzle } from '../../../db/connection/open.ts';
import type { PageQuery } from '../../../db/paging.ts';
import type { Publish, Publisher } from '../../../db/publisher.ts';
import { AppError } from '../../../errors.ts';
import type { WrittenAt } from '../../../protocol/schemas/written.ts';
import { formatPosition } from '../../../protocol/wire/position.ts';
import type { NamespaceRegistry } from '../../../realtime/channels/namespace.ts';
import type { Principal } from '../../../realtime/principal.ts';
import type { RequestKey } from '../../../realtime/publishing/idempotency.ts';
import { writtenAt } from '../../../realtime/publishing/written.ts';
import { organizationChannel } from '../channels.ts';
import type { Assignment, Issue, IssueChange, IssueQuery, NewIssue, Resolution } from '../model.ts';
import { mayEnter, roleIn } from '../place-service.ts';
import { type IssueEvent, publicationsOf } from '../publications.ts';
import { checkDeed, type Deed, editOf } from '../roles.ts';
import { buildings, campuses, issues } from '../schema.ts';
import { at, filterOf, listIssues, toIssue } from './issue-list-service.ts';

/** The author of a write, and the key of the request. */
export interface Author {
  readonly by: Principal;
  readonly requestKey?: RequestKey | undefined;
}

/** The issue after a write, or the deleted one, and where it was published. */
export interface Changed extends WrittenAt {
  readonly data: Issue;
}

type Columns = PgUpdateSetSource<typeof issues>;

/**
 * The issues. Every change is published in the transaction that makes it (R5): a failure to publish loses neither of the
 * two, because neither has happened. What belongs to another organisation is answered as if it were not there.
 */
export class IssueService {
  readonly #publisher: Publisher;
  readonly #namespaces: NamespaceRegistry;

  constructor(publisher: Publisher, namespaces: NamespaceRegistry) {
    this.#publisher = publisher;
    this.#namespaces = namespaces;
  }

  /** Throws `forbidden`, and `unknown_channel` for an organisation there is not. */
  async list(query: IssueQuery & PageQuery, by: Principal) {
    await this.#namespaces.readable(organizationChannel(query.organizationId), by);
    const page = await listIssues(this.#publisher, filterOf(query), query);
    return { ...page, position: formatPosition(page.position) };
  }

  /** Throws `not_found`. */
  async read(id: string, by: Principal) {
    const { organizationId } = await visibleIssue(this.#publisher.db, id, by);
    const channel = organizationChannel(organizationId);
    const { data, positions } = await this.#publisher.snapshot([channel], (tx) => visibleIssue(tx, id, by));
    return { data, position: formatPosition(at(positions, channel)) };
  }

  /** Throws `not_found` for a campus or building there is not. */
  create({ campusId, buildingId, location, ...fields }: NewIssue, author: Author): Promise<Changed> {
    const { by } = author;
    return this.#publishing(author, async (tx) => {
      const place = await findPlace(tx, campusId, buildingId);
      if (!place || !mayEnter(by, place.organizationId)) {
        throw new AppError('not_found', `There is no campus ${campusId} with this building.`);
      }
      checkDeed('create', await roleIn(tx, place.organizationId, by));
      const values = { ...fields, ...place, campusId, buildingId, ...location, reportedBy: by.userId };
      const [row] = await tx.insert(issues).values(values).returning();
      if (!row) throw new Error('An issue was stored and is not there.');
      return { type: 'issue:created', before: undefined, after: toIssue(row) };
    });
  }

  /** Throws `not_found`, `forbidden`, `conflict`. */
  update(id: string, { version, location, ...fields }: IssueChange, author: Author): Promise<Changed> {
    const change = { type: 'issue:updated', deedOf: (before: Issue) => editOf(before, author.by) } as const;
    return this.#change(change, id, version, author, async (before, tx) => ({
      ...(await movedTo(tx, before, fields)),
      ...fields,
      ...location,
      ...(fields.status && { resolution: null, resolvedBy: null, resolvedAt: null }),
    }));
  }

  /** Throws `not_found`, `forbidden`, `conflict`. */
  resolve(id: string, { version, resolution }: Resolution, author: Author): Promise<Changed> {
    const { by } = author;
    return this.#change(
      { type: 'issue:resolved', deedOf: () => 'resolve' },
      id,
      version,
      author,
      ({ status }) => {
        if (status === 'resolved') throw new AppError('conflict', `Issue ${id} is resolved already.`);
        return { status: 'resolved', resolution, resolvedBy: by.userId, resolvedAt: sql`clock_timestamp()` };
      },
    );
  }

  /** Throws `not_found`, `forbidden`, `conflict`. */
  assign(id: string, { version, assigneeId }: Assignment, author: Author): Promise<Changed> {
    return this.#change({ type: 'issue:assigned', deedOf: () => 'assign' }, id, version, author, () => ({
      assigneeId,
    }));
  }

  /** Throws `not_found`, `forbidden`. */
  delete(id: string, author: Author): Promise<Changed> {
    const { by } = author;
    return this.#publishing(author, async (tx) => {
      const before = await visibleIssue(tx, id, by, 'for update');
      checkDeed('delete', await roleIn(tx, before.organizationId, by));
      await tx.delete(issues).where(eq(issues.id, id));
      return { type: 'issue:deleted', before, after: undefined };
    });
  }

  /** A change that leaves every column as it is writes and publishes nothing. */
  #change(
    { type, deedOf }: { readonly type: IssueEvent['type']; readonly deedOf: (before: Issue) => Deed },
    id: string,
    version: number | undefined,
    author: Author,
    columnsOf: (before: Issue, tx: Drizzle) => Columns | Promise<Columns>,
  ): Promise<Changed> {
    const { by } = author;
    return this.#publishing(author, async (tx) => {
      const before = await visibleIssue(tx, id, by, 'for update');
      checkDeed(deedOf(before), await roleIn(tx, before.organizationId, by));
      if (version !== undefined && version !== before.version) {
        throw new AppError('conflict', `Issue ${id} has changed since version ${version}.`, {
          details: { version: before.version },
        });
      }
      const columns = await columnsOf(before, tx);
      const known: Readonly<Record<string, unknown>> = { ...before, ...before.location };
      const isKnown = Object.entries(columns).every(([name, value]) => known[name] === value);
      if (isKnown) return { type, before, after: before };
      const [row] = await tx
        .update(issues)
        .set({ ...columns, version: before.version + 1, updatedAt: sql`clock_timestamp()` })
        .where(eq(issues.id, id))
        .returning();
      if (!row) throw new Error('A locked issue is gone.');
      return { type, before, after: toIssue(row) };
    });
  }

  async #publishing(
    { by, requestKey }: Author,
    work: (tx: Drizzle) => Promise<IssueEvent>,
  ): Promise<Changed> {
    const change = async (tx: Drizzle, publish: Publish) => {
      const event = await work(tx);
      for (const publication of publicationsOf(event, by)) publish(publication);
      const issue = event.after ?? event.before;
      if (!issue) throw new Error('A change of no issue.');
      return issue;
    };
    try {
      const published = await this.#publisher.transaction(change, { request: requestKey });
      return { data: published.result, ...writtenAt(published) };
    } catch (error) {
      if (sqlState(error) !== '23503') throw error;
      throw new AppError('not_found', 'There is no such campus or building here.', { cause: error });
    }
  }
}

/** Throws `not_found`, also for what belongs to another organisation. */
async function visibleIssue(db: Drizzle, id: string, by: Principal, lock?: 'for update'): Promise<Issue> {
  const query = db.select().from(issues).where(eq(issues.id, id));
  const [row] = await (lock ? query.for('update') : query);
  if (row && mayEnter(by, row.organizationId)) return toIssue(row);
  throw new AppError('not_found', `There is no issue ${id}.`);
}

/**
 * The columns that follow from another campus or building; the location is that of the new place. Throws `not_found`.
 */
async function movedTo(tx: Drizzle, before: Issue, { campusId = before.campusId, ...to }: IssueChange) {
  const staysOn = campusId === before.campusId;
  const { buildingId = staysOn ? before.buildingId : null } = to;
  if (staysOn && buildingId === before.buildingId) return {};
  const place = await findPlace(tx, campusId, buildingId ?? undefined);
  if (!place || place.organizationId !== before.organizationId) {
    throw new AppError('not_found', 'There is no such campus or building here.');
  }
  return { buildingId, lat: place.lat, lng: place.lng };
}

/** The organisation and the location of a building, or of a campus. */
async function findPlace(tx: Drizzle, campusId: string, buildingId: string | undefined) {
  const { organizationId } = campuses;
  const query =
    buildingId === undefined
      ? tx
          .select({ organizationId, lat: campuses.lat, lng: campuses.lng })
          .from(campuses)
          .where(eq(campuses.id, campusId))
      : tx
          .select({ organizationId, lat: buildings.lat, lng: buildings.lng })
          .from(campuses)
          .innerJoin(buildings, eq(buildings.campusId, campuses.id))
          .where(and(eq(campuses.id, campusId), eq(buildings.id, buildingId)));
  const [place] = await query;
  return place;
}

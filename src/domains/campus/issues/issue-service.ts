import { eq, sql } from 'drizzle-orm';
import type { PgUpdateSetSource } from 'drizzle-orm/pg-core';
import { sqlState } from '../../../db/connection/errors.ts';
import type { Drizzle } from '../../../db/connection/open.ts';
import type { PageQuery } from '../../../db/paging.ts';
import type { Publisher } from '../../../db/publisher.ts';
import { assignments, insertInto } from '../../../db/writing/row-statements.ts';
import type { WriteStatement } from '../../../db/writing/write.ts';
import { AppError } from '../../../errors.ts';
import { snapshotAt, type WrittenAt, writtenAt } from '../../../protocol/schemas/written.ts';
import type { NamespaceRegistry } from '../../../realtime/channels/namespace.ts';
import type { Principal } from '../../../realtime/principal.ts';
import type { RequestKey } from '../../../realtime/publishing/idempotency.ts';
import { organizationChannel } from '../channels.ts';
import type { Assignment, Issue, IssueChange, IssueQuery, NewIssue, Resolution } from '../model.ts';
import { findPlace, isMember, mayEnter } from '../place-service.ts';
import { type IssueEvent, publishing } from '../publication-service.ts';
import { checkDeed, type Deed, editOf, organizationRole } from '../roles.ts';
import { issues, members } from '../schema.ts';
import { filterOf, listIssues, toIssue } from './issue-list-service.ts';

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
    const { position, ...page } = await listIssues(this.#publisher, filterOf(query), query);
    return { ...page, ...snapshotAt(position) };
  }

  /** Throws `not_found`. */
  async read(id: string, by: Principal) {
    const { organizationId } = await visibleIssue(this.#publisher.db, id, by);
    const channel = organizationChannel(organizationId);
    const { data, positions } = await this.#publisher.snapshot([channel], (tx) => visibleIssue(tx, id, by));
    return { data, ...snapshotAt(positions) };
  }

  /** Throws `not_found` for a campus or building there is not. */
  create({ campusId, buildingId, location, ...fields }: NewIssue, author: Author): Promise<Changed> {
    const { by } = author;
    return this.#write(author, async (db) => {
      const found = await findPlace(db, campusId, buildingId, by);
      if (!found || !mayEnter(by, found.organizationId)) {
        throw new AppError('not_found', `There is no campus ${campusId} with this building.`);
      }
      const { role, ...place } = found;
      checkDeed('create', role);
      const values = { ...fields, ...place, campusId, buildingId, ...location, reportedBy: by.userId };
      const { organizationId, lat, lng } = values;
      const event = { organizationId, campusId, buildingId: buildingId ?? null, location: { lat, lng } };
      return {
        change: sql`${insertInto(issues, values, sql`request`)} returning *`,
        ...publishing({ type: 'issue:created', before: undefined, place: event }, by),
      };
    });
  }

  /** Throws `not_found`, `forbidden`, `conflict`. */
  update(id: string, { version, location, ...fields }: IssueChange, author: Author): Promise<Changed> {
    const change = { type: 'issue:updated', deedOf: (before: Issue) => editOf(before, author.by) } as const;
    return this.#change(change, id, version, author, async (before, db) => ({
      ...(await movedTo(db, before, fields, author.by)),
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
    return this.#write(author, async (db) => {
      const { issue, role, row } = await issueAndRole(db, id, by);
      checkDeed('delete', role);
      return {
        before: { found: stillAs(id, row) },
        change: sql`delete from ${issues} using found where ${issues.id} = found.id returning ${issues}.*`,
        ...publishing({ type: 'issue:deleted', before: issue, place: issue }, by),
      };
    });
  }

  /** A change that leaves every column as it is writes and publishes nothing. */
  #change(
    { type, deedOf }: { readonly type: IssueEvent['type']; readonly deedOf: (before: Issue) => Deed },
    id: string,
    version: number | undefined,
    author: Author,
    columnsOf: (before: Issue, db: Drizzle) => Columns | Promise<Columns>,
  ): Promise<Changed> {
    const { by } = author;
    return this.#write(author, async (db) => {
      const { issue: before, role, row } = await issueAndRole(db, id, by);
      checkDeed(deedOf(before), role);
      if (version !== undefined && version !== before.version) {
        throw new AppError('conflict', `Issue ${id} has changed since version ${version}.`, {
          details: { version: before.version },
        });
      }
      const columns = await columnsOf(before, db);
      const known = { ...before, ...before.location };
      if (Object.entries(columns).every(([name, value]) => Object(known)[name] === value)) return before;
      const set = { ...columns, version: sql`found.version + 1`, updatedAt: sql`clock_timestamp()` };
      const { lat, lng, ...rest } = { ...known, ...columns } as typeof known;
      return {
        before: { found: stillAs(id, row) },
        change: sql`update ${issues} set ${assignments(issues, set)} from found
          where ${issues.id} = found.id returning ${issues}.*`,
        ...publishing({ type, before, place: { ...rest, location: { lat, lng } } }, by),
      };
    });
  }

  /**
   * Two round trips: `decide` reads, and returns the statement that writes, or the issue where there is nothing to
   * write. It decides anew where another writer was quicker. A key that is known gets the first answer, whatever
   * `decide` thinks of the issue by now.
   */
  async #write(
    { requestKey: request }: Author,
    decide: (db: Drizzle) => Promise<WriteStatement | Issue>,
  ): Promise<Changed> {
    const publisher = this.#publisher;
    try {
      for (;;) {
        const decided = await decide(publisher.db).catch((error: unknown) => ({ error }));
        if ('error' in decided && !request) throw decided.error;
        const published =
          'change' in decided
            ? await publisher.write<Issue>(decided, request)
            : await publisher.transaction(async () => orThrow(decided), { request });
        if (published) return { data: published.result, ...writtenAt(published) };
      }
    } catch (error) {
      if (sqlState(error) !== '23503') throw error;
      throw new AppError('not_found', 'There is no such campus or building here.', { cause: error });
    }
  }
}

function orThrow(decided: Issue | { readonly error: unknown }): Issue {
  if ('error' in decided) throw decided.error;
  return decided;
}

/** The row of an issue, unless another writer has changed it since it was read as the row version `row`. */
const stillAs = (id: string, row: string) => sql`select ${issues}.* from request, ${issues}
  where ${issues.id} = ${id} and ${issues}.xmin::text = ${row} for update of issues`;

/** Throws `not_found`, also for what belongs to another organisation. */
async function visibleIssue(db: Drizzle, id: string, by: Principal): Promise<Issue> {
  return (await issueAndRole(db, id, by)).issue;
}

/** An issue, the role of this identity in its organisation, and the version of its row. Throws `not_found`. */
async function issueAndRole(db: Drizzle, id: string, by: Principal) {
  const [found] = await db
    .select({ issue: issues, role: members.role, row: sql<string>`${issues}.xmin::text` })
    .from(issues)
    .leftJoin(members, isMember(issues.organizationId, by))
    .where(eq(issues.id, id));
  if (!found || !mayEnter(by, found.issue.organizationId)) {
    throw new AppError('not_found', `There is no issue ${id}.`);
  }
  const role = organizationRole(by, found.role ?? undefined);
  return { issue: toIssue(found.issue), role, row: found.row };
}

/**
 * The columns that follow from another campus or building; the location is that of the new place. Throws `not_found`.
 */
async function movedTo(
  db: Drizzle,
  before: Issue,
  { campusId = before.campusId, ...to }: IssueChange,
  by: Principal,
) {
  const staysOn = campusId === before.campusId;
  const { buildingId = staysOn ? before.buildingId : null } = to;
  if (staysOn && buildingId === before.buildingId) return {};
  const place = await findPlace(db, campusId, buildingId ?? undefined, by);
  if (!place || place.organizationId !== before.organizationId) {
    throw new AppError('not_found', 'There is no such campus or building here.');
  }
  return { buildingId, lat: place.lat, lng: place.lng };
}

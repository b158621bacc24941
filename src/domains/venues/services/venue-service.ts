import { and, asc, desc, eq, getTableColumns, gt, lte, type SQL, sql } from 'drizzle-orm';
import { sqlState } from '../../../db/connection/errors.ts';
import type { Drizzle } from '../../../db/connection/open.ts';
import { behind, type OrderColumn, type PageQuery, pageOf } from '../../../db/paging.ts';
import type { Publisher } from '../../../db/publisher.ts';
import { assignments, insertInto, rowJson } from '../../../db/writing/row-statements.ts';
import { AppError } from '../../../errors.ts';
import { snapshotAt } from '../../../protocol/schemas/written.ts';
import type { Principal } from '../../../realtime/principal.ts';
import type { RequestKey } from '../../../realtime/publishing/idempotency.ts';
import type { NewVenue, VenueChange } from '../model.ts';
import { promotions, shownOfPromotion, venues, vibeChecks } from '../schema.ts';
import { isAdmin, type Writer, type Written } from './writer.ts';

type Venue = typeof venues.$inferSelect;

/** Venues: read as snapshots with their positions, written by their owners and administrators. */
export class VenueService {
  readonly #publisher: Publisher;
  readonly #writer: Writer;

  constructor(publisher: Publisher, writer: Writer) {
    this.#publisher = publisher;
    this.#writer = writer;
  }

  /** A page by id. A reader of several pages follows the channel from the position of the first. */
  async list({ after, cursor, limit }: PageQuery & { after?: string }) {
    if (after !== undefined && cursor !== undefined) {
      throw new AppError(
        'validation_failed',
        '`after` is the older way to page: the address has it or `cursor`.',
      );
    }
    const { data, positions } = await this.#publisher.snapshot(['venue_updates'], (tx) =>
      tx
        .select()
        .from(venues)
        .where(
          and(after === undefined ? undefined : gt(venues.id, after), behind(order, 'ascending', cursor)),
        )
        .orderBy(asc(venues.id))
        .limit(limit + 1),
    );
    return { ...pageOf(data, limit, ({ id }) => [id]), ...snapshotAt(positions) };
  }

  /** A venue with what its screen shows. Throws `not_found`. */
  async screen(id: string) {
    await existingVenue(this.#publisher.db, id);
    const channels = [`venue:${id}`, `vibe_checks:${id}`, `promotions:${id}`];
    const { data, positions } = await this.#publisher.snapshot(channels, async (tx) => ({
      ...(await existingVenue(tx, id)),
      vibeChecks: await tx
        .select()
        .from(vibeChecks)
        .where(eq(vibeChecks.venueId, id))
        .orderBy(desc(vibeChecks.createdAt))
        .limit(50),
      promotions: await tx
        .select(shownOfPromotion)
        .from(promotions)
        .where(
          and(
            eq(promotions.venueId, id),
            gt(promotions.endDate, sql`now()`),
            lte(promotions.startDate, sql`now()`),
          ),
        )
        .orderBy(asc(promotions.endDate))
        .limit(100),
      upcoming: await tx
        .select(shownOfPromotion)
        .from(promotions)
        .where(and(eq(promotions.venueId, id), gt(promotions.startDate, sql`now()`)))
        .orderBy(asc(promotions.startDate))
        .limit(100),
    }));
    return { data, ...snapshotAt(positions) };
  }

  /** An owner's own; an administrator may give it to anybody, or to nobody yet. */
  create(
    { excludeUserId, ownerId, ...fields }: NewVenue,
    by: Principal,
    requestKey?: RequestKey,
  ): Promise<Written<Venue>> {
    const owner = ownerId ?? (isAdmin(by) ? null : by.userId);
    if (owner !== by.userId && !isAdmin(by))
      throw new AppError('forbidden', 'You may add venues of your own alone.');
    const values = { ...fields, ownerId: owner, updatedBy: by.userId };
    const change = sql`${insertInto(venues, values, sql`request`)} returning *`;
    return this.#writer.write(
      { by, requestKey, excludeUserId },
      { ...ofVenue, change, eventType: 'created' },
    );
  }

  /** Throws `not_found`, `forbidden`. */
  change(
    id: string,
    { excludeUserId, ...fields }: VenueChange,
    by: Principal,
    requestKey?: RequestKey,
  ): Promise<Written<Venue>> {
    const set = { ...fields, updatedBy: by.userId, updatedAt: sql`clock_timestamp()` };
    const statement = {
      ...ofVenue,
      // Locked, so that it is the state before this change also where another one has just been committed.
      before: { found: ownVenue(id, by) },
      change: sql`update ${venues} set ${assignments(venues, set)} from found where ${venues.id} = found.id
        returning ${venues}.*, found.status as status_before`,
      eventType: sql`case when changed.status = changed.status_before then 'updated' else 'status_changed' end`,
    };
    return this.#writer.write({ by, requestKey, excludeUserId }, statement, () =>
      venueRefusal(this.#publisher.db, id),
    );
  }

  /** With its vibe checks and promotions. Throws `not_found`, `forbidden`. */
  async delete(id: string, by: Principal, requestKey?: RequestKey): Promise<Written<Venue>> {
    const ofChanged = (table: typeof vibeChecks | typeof promotions) =>
      sql`delete from ${table} using changed where ${table.venueId} = changed.id returning 1`;
    const statement = {
      ...ofVenue,
      change: sql`delete from ${venues} using request where ${isWritable(id, by)} returning ${venues}.*`,
      after: { checks: ofChanged(vibeChecks), offers: ofChanged(promotions) },
      eventType: 'deleted',
    };
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#writer.write({ by, requestKey }, statement, () =>
          venueRefusal(this.#publisher.db, id),
        );
      } catch (error) {
        // A check or a promotion of a commit that this statement waited for is seen by the next one.
        const isReferenced = error instanceof AppError && sqlState(error.cause) === '23503';
        if (!isReferenced || attempt === maxAttempts) throw error;
      }
    }
  }
}

const maxAttempts = 5;

const order: readonly OrderColumn[] = [[venues.id, 'text']];

export async function findVenue(db: Drizzle, id: string): Promise<Venue | undefined> {
  const [venue] = await db.select().from(venues).where(eq(venues.id, id));
  return venue;
}

/** Throws `not_found`. */
export async function existingVenue(db: Drizzle, id: string): Promise<Venue> {
  return (await findVenue(db, id)) ?? missing(id);
}

/** The part of a statement that finds the venue, if the caller may write it, and locks it until the end. */
export const ownVenue = (id: string, by: Principal): SQL =>
  sql`select ${venues}.* from request, ${venues} where ${isWritable(id, by)} for update of venues`;

const isWritable = (id: string, by: Principal) =>
  and(eq(venues.id, id), isAdmin(by) ? undefined : eq(venues.ownerId, by.userId));

/** Throws the reason for which a venue was not found by {@link ownVenue}. */
export async function venueRefusal(db: Drizzle, id: string): Promise<never> {
  await existingVenue(db, id);
  throw foreignVenue();
}

const foreignVenue = () => new AppError('forbidden', 'This venue is somebody else’s.');

function missing(id: string): never {
  throw new AppError('not_found', `There is no venue ${id}.`);
}

const ofVenue = {
  type: 'venue_update',
  row: rowJson('changed', getTableColumns(venues)),
  channels: ['venue_updates', sql`'venue:' || changed.id`],
} as const;

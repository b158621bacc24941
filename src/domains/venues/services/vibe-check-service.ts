import { and, eq, getTableColumns, or, sql } from 'drizzle-orm';
import type { Drizzle } from '../../../db/connection/open.ts';
import { insertInto, rowJson } from '../../../db/writing/row-statements.ts';
import { AppError } from '../../../errors.ts';
import type { Principal } from '../../../realtime/principal.ts';
import type { RequestKey } from '../../../realtime/publishing/idempotency.ts';
import type { NewVibeCheck } from '../model.ts';
import { venues, vibeChecks } from '../schema.ts';
import { existingVenue } from './venue-service.ts';
import { isAdmin, type Writer, type Written } from './writer.ts';

type VibeCheck = typeof vibeChecks.$inferSelect;

/** Reports of guests on how full a venue is. */
export class VibeCheckService {
  readonly #db: Drizzle;
  readonly #writer: Writer;

  constructor(db: Drizzle, writer: Writer) {
    this.#db = db;
    this.#writer = writer;
  }

  /** Throws `not_found`, `validation_failed` without a rating, and `conflict` where the venue is closed. */
  create(
    venueId: string,
    { excludeUserId, busyness, rating = busyness, ...fields }: NewVibeCheck,
    by: Principal,
    requestKey?: RequestKey,
  ): Promise<Written<VibeCheck>> {
    if (rating === undefined) {
      throw new AppError('validation_failed', 'A vibe check needs a "rating" from 1 to 5.', {
        field: 'rating',
      });
    }
    const values = { ...fields, rating, venueId: sql`venue.id`, userId: by.service ? null : by.userId };
    const statement = {
      ...ofVibeCheck,
      change: sql`${insertInto(vibeChecks, values, sql`request, ${venues} venue`)}
        where venue.id = ${venueId} and venue.status = 'active' returning *`,
      eventType: 'created',
    };
    return this.#writer.write({ by, requestKey, excludeUserId }, statement, async () => {
      const { status } = await existingVenue(this.#db, venueId);
      throw new AppError('conflict', `The venue ${venueId} is ${status}.`);
    });
  }

  /** For its author, the owner of the venue, and administrators. Throws `not_found`, `forbidden`. */
  delete(venueId: string, id: string, by: Principal, requestKey?: RequestKey): Promise<Written<VibeCheck>> {
    const isOne = and(eq(vibeChecks.id, id), eq(vibeChecks.venueId, venueId));
    const isOwn = or(eq(vibeChecks.userId, by.userId), eq(venues.ownerId, by.userId));
    const mayDelete = isAdmin(by) ? isOne : and(isOne, isOwn);
    const statement = {
      ...ofVibeCheck,
      change: sql`delete from ${vibeChecks} using request, ${venues}
        where ${venues.id} = ${vibeChecks.venueId} and ${mayDelete} returning ${vibeChecks}.*`,
      eventType: 'deleted',
    };
    return this.#writer.write({ by, requestKey }, statement, async () => {
      await existingVenue(this.#db, venueId);
      const [found] = await this.#db.select({ id: vibeChecks.id }).from(vibeChecks).where(isOne);
      throw found
        ? new AppError('forbidden', 'This vibe check is somebody else’s.')
        : new AppError('not_found', 'This venue has no vibe check of this id.');
    });
  }
}

const ofVibeCheck = {
  type: 'vibe_check',
  row: rowJson('changed', getTableColumns(vibeChecks)),
  channels: [sql`'vibe_checks:' || changed.venue_id`],
} as const;

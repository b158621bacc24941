import { and, eq, type SQL, sql } from 'drizzle-orm';
import type { PgColumn } from 'drizzle-orm/pg-core';
import type { Drizzle } from '../../../db/connection/open.ts';
import { assignments, insertInto, rowJson } from '../../../db/writing/row-statements.ts';
import { AppError } from '../../../errors.ts';
import type { Principal } from '../../../realtime/principal.ts';
import type { RequestKey } from '../../../realtime/publishing/idempotency.ts';
import type { NewPromotion, PromotionChange } from '../model.ts';
import { promotions, shownOfPromotion } from '../schema.ts';
import { existingVenue, ownVenue, venueRefusal } from './venue-service.ts';
import { isAdmin, type Writer, type Written } from './writer.ts';

export type Promotion = Omit<typeof promotions.$inferSelect, 'nextChangeAt'>;

/** The promotions of a venue, written by its owner and by administrators. */
export class PromotionService {
  readonly #db: Drizzle;
  readonly #writer: Writer;

  constructor(db: Drizzle, writer: Writer) {
    this.#db = db;
    this.#writer = writer;
  }

  /** Throws `not_found`, `forbidden`, and `validation_failed` for one that ends before it starts, or never. */
  create(
    venueId: string,
    { excludeUserId, startsAt, endsAt, startDate = startsAt, endDate = endsAt, ...fields }: NewPromotion,
    by: Principal,
    requestKey?: RequestKey,
  ): Promise<Written<Promotion>> {
    if (endDate === undefined) {
      throw new AppError('validation_failed', 'A promotion needs an "endDate".', { field: 'endDate' });
    }
    if (startDate !== undefined && Date.parse(endDate) <= Date.parse(startDate)) throw endsFirst();
    const given = {
      own: ownVenue(venueId, by),
      given: sql`select coalesce(${startDate ?? null}::timestamptz, clock_timestamp()) as starts_at,
        ${endDate}::timestamptz as ends_at from own`,
    };
    const period = { startDate: sql`given.starts_at`, endDate: sql`given.ends_at` };
    const values = {
      ...{ ...fields, ...period, venueId, updatedBy: by.userId },
      nextChangeAt: nextChange(period.startDate, period.endDate),
    };
    const statement = {
      ...ofPromotion,
      before: given,
      change: sql`${insertInto(promotions, values, sql`given`)} returning *`,
      eventType: 'created',
    };
    return this.#writer.write({ by, requestKey, excludeUserId }, statement, () =>
      venueRefusal(this.#db, venueId),
    );
  }

  /**
   * Does as `create`. A promotion that is to be over now gets an `endDate` of now, also before it has begun: it then
   * never begins.
   */
  change(
    venueId: string,
    id: string,
    { excludeUserId, startsAt, endsAt, startDate = startsAt, endDate = endsAt, ...fields }: PromotionChange,
    by: Principal,
    requestKey?: RequestKey,
  ): Promise<Written<Promotion>> {
    const isOne = and(eq(promotions.id, id), eq(promotions.venueId, venueId));
    const isTurned = sql`date_trunc('milliseconds', ends_at) <= date_trunc('milliseconds', starts_at)`;
    const given = {
      own: ownVenue(venueId, by),
      found: sql`select ${promotions}.id, ${promotions}.starts_at as began_at,
          coalesce(${startDate ?? null}::timestamptz, ${promotions}.starts_at) as starts_at,
          coalesce(${endDate ?? null}::timestamptz, ${promotions}.ends_at) as ends_at
        from own, ${promotions} where ${isOne} for update of promotions`,
      given: sql`select id, ends_at, case when ${isTurned} then ends_at else starts_at end as starts_at from found
        where not ${isTurned} or (${startDate === undefined} and began_at > clock_timestamp())`,
    };
    const period = { startDate: sql`given.starts_at`, endDate: sql`given.ends_at` };
    const set = {
      ...{ ...fields, ...period, updatedBy: by.userId, updatedAt: sql`clock_timestamp()` },
      nextChangeAt: nextChange(period.startDate, period.endDate),
    };
    const statement = {
      ...ofPromotion,
      before: given,
      change: sql`update ${promotions} set ${assignments(promotions, set)} from given where ${promotions.id} = given.id
        returning ${promotions}.*`,
      eventType: 'updated',
    };
    return this.#writer.write({ by, requestKey, excludeUserId }, statement, async () => {
      await this.#find(venueId, id, by);
      throw endsFirst();
    });
  }

  /** Throws `not_found`, `forbidden`. */
  delete(venueId: string, id: string, by: Principal, requestKey?: RequestKey): Promise<Written<Promotion>> {
    const statement = {
      ...ofPromotion,
      before: { own: ownVenue(venueId, by) },
      change: sql`delete from ${promotions} using own
        where ${promotions.id} = ${id} and ${promotions.venueId} = own.id returning ${promotions}.*`,
      eventType: 'deleted',
    };
    return this.#writer.write({ by, requestKey }, statement, async () => {
      await this.#find(venueId, id, by);
      throw unknownPromotion();
    });
  }

  /** Throws where the caller may not write it, or there is none. */
  async #find(venueId: string, id: string, by: Principal): Promise<void> {
    const { ownerId } = await existingVenue(this.#db, venueId);
    if (ownerId !== by.userId && !isAdmin(by)) return venueRefusal(this.#db, venueId);
    const isOne = and(eq(promotions.id, id), eq(promotions.venueId, venueId));
    const [found] = await this.#db.select({ id: promotions.id }).from(promotions).where(isOne);
    if (!found) throw unknownPromotion();
  }
}

/** By the time of the transaction, as the look for what is due has it. */
export const nextChange = (startDate: SQL | PgColumn, endDate: SQL | PgColumn) => sql<string | null>`case
  when ${startDate} > now() and ${endDate} > ${startDate} then ${startDate}
  when ${endDate} > now() then ${endDate} end`;

const ofPromotion = {
  type: 'promotion',
  row: rowJson('changed', shownOfPromotion),
  channels: [sql`'promotions:' || changed.venue_id`],
} as const;

const unknownPromotion = () => new AppError('not_found', 'This venue has no promotion of this id.');
const endsFirst = () => new AppError('validation_failed', 'A promotion ends after it has started.');

import { and, eq, sql } from 'drizzle-orm';
import type { Drizzle } from '../../../db/connection/open.ts';
import { AppError } from '../../../errors.ts';
import type { Principal } from '../../../realtime/principal.ts';
import type { RequestKey } from '../../../realtime/publishing/idempotency.ts';
import type { NewPromotion, PromotionChange } from '../model.ts';
import { promotions, shownOfPromotion } from '../schema.ts';
import { ownVenue } from './venue-service.ts';
import type { Writer, Written } from './writer.ts';

export type Promotion = Omit<typeof promotions.$inferSelect, 'nextChangeAt'>;

/** The promotions of a venue, written by its owner and by administrators. */
export class PromotionService {
  readonly #writer: Writer;

  constructor(writer: Writer) {
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
    const period = { endDate, ...(startDate !== undefined && { startDate }) };
    return this.#writer.transaction({ by, requestKey, excludeUserId }, async (tx) => {
      await ownVenue(tx, venueId, by);
      const values = { ...fields, ...period, venueId, updatedBy: by.userId };
      const [row] = await tx.insert(promotions).values(values).returning(shownOfPromotion);
      return published(row && (await scheduled(tx, row)), 'created');
    });
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
    return this.#writer.transaction({ by, requestKey, excludeUserId }, async (tx) => {
      await ownVenue(tx, venueId, by);
      const one = and(eq(promotions.id, id), eq(promotions.venueId, venueId));
      const [before] = await tx.select().from(promotions).where(one).for('update');
      if (!before) throw unknownPromotion();
      const period = { startDate: startDate ?? before.startDate, endDate: endDate ?? before.endDate };
      if (Date.parse(period.endDate) <= Date.parse(period.startDate)) {
        if (startDate !== undefined || hasBegun(before)) throw endsFirst();
        period.startDate = period.endDate;
      }
      const [row] = await tx
        .update(promotions)
        .set({ ...fields, ...period, updatedBy: by.userId, updatedAt: sql`clock_timestamp()` })
        .where(one)
        .returning(shownOfPromotion);
      return published(row && (await scheduled(tx, row)), 'updated');
    });
  }

  /** Throws `not_found`, `forbidden`. */
  delete(venueId: string, id: string, by: Principal, requestKey?: RequestKey): Promise<Written<Promotion>> {
    return this.#writer.transaction({ by, requestKey }, async (tx) => {
      await ownVenue(tx, venueId, by);
      const [row] = await tx
        .delete(promotions)
        .where(and(eq(promotions.id, id), eq(promotions.venueId, venueId)))
        .returning(shownOfPromotion);
      return published(row, 'deleted');
    });
  }
}

const hasBegun = ({ startDate }: { readonly startDate: string }) => Date.parse(startDate) <= Date.now();

/** Notes when the next of beginning and end is to be published. */
async function scheduled(tx: Drizzle, row: Promotion): Promise<Promotion> {
  await tx.update(promotions).set({ nextChangeAt: nextChange }).where(eq(promotions.id, row.id));
  return row;
}

/** By the time of the transaction, as the look for what is due has it. */
export const nextChange = sql<string | null>`case
  when ${promotions.startDate} > now() and ${promotions.endDate} > ${promotions.startDate} then ${promotions.startDate}
  when ${promotions.endDate} > now() then ${promotions.endDate} end`;

function published(row: Promotion | undefined, eventType: string) {
  if (!row) throw unknownPromotion();
  return { row, type: 'promotion', eventType, channels: [`promotions:${row.venueId}`] };
}

const unknownPromotion = () => new AppError('not_found', 'This venue has no promotion of this id.');
const endsFirst = () => new AppError('validation_failed', 'A promotion ends after it has started.');

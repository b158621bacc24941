import { and, eq, sql } from 'drizzle-orm';
import { AppError } from '../../errors.ts';
import type { RequestKey } from '../../realtime/idempotency.ts';
import type { Principal } from '../../realtime/principal.ts';
import type { NewPromotion, PromotionChange } from './model.ts';
import { promotions } from './schema.ts';
import { ownVenue } from './venue-service.ts';
import type { Writer, Written } from './writer.ts';

type Promotion = typeof promotions.$inferSelect;

/** What a venue offers for a time; written by whoever writes the venue. */
export class PromotionService {
  readonly #writer: Writer;

  constructor(writer: Writer) {
    this.#writer = writer;
  }

  /** Throws `not_found`, `forbidden`, and `validation_failed` for one that ends before it starts. */
  create(
    venueId: string,
    { excludeUserId, ...fields }: NewPromotion,
    by: Principal,
    requestKey?: RequestKey,
  ): Promise<Written<Promotion>> {
    return this.#writer.write({ by, requestKey, excludeUserId }, async (tx) => {
      await ownVenue(tx, venueId, by);
      const values = { ...fields, venueId, updatedBy: by.userId };
      return published(await tx.insert(promotions).values(values).returning(), 'created');
    });
  }

  /** As `create`. One that is to be over now gets an `endsAt` of now. */
  change(
    venueId: string,
    id: string,
    { excludeUserId, ...fields }: PromotionChange,
    by: Principal,
    requestKey?: RequestKey,
  ): Promise<Written<Promotion>> {
    return this.#writer.write({ by, requestKey, excludeUserId }, async (tx) => {
      await ownVenue(tx, venueId, by);
      const rows = await tx
        .update(promotions)
        .set({ ...fields, updatedBy: by.userId, updatedAt: sql`clock_timestamp()` })
        .where(and(eq(promotions.id, id), eq(promotions.venueId, venueId)))
        .returning();
      return published(rows, 'updated');
    });
  }
}

function published([row]: readonly Promotion[], eventType: string) {
  if (!row) throw new AppError('not_found', 'This venue has no promotion of this id.');
  return { row, type: 'promotion', eventType, channels: [`promotions:${row.venueId}`] };
}

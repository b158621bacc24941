import { and, eq } from 'drizzle-orm';
import { AppError } from '../../../errors.ts';
import type { Principal } from '../../../realtime/principal.ts';
import type { RequestKey } from '../../../realtime/publishing/idempotency.ts';
import type { NewVibeCheck } from '../model.ts';
import { vibeChecks } from '../schema.ts';
import { existingVenue } from './venue-service.ts';
import { isAdmin, type Writer, type Written } from './writer.ts';

type VibeCheck = typeof vibeChecks.$inferSelect;

/** Reports of guests on how full a venue is. */
export class VibeCheckService {
  readonly #writer: Writer;

  constructor(writer: Writer) {
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
    return this.#writer.write({ by, requestKey, excludeUserId }, async (tx) => {
      const { status } = await existingVenue(tx, venueId);
      if (status !== 'active') throw new AppError('conflict', `The venue ${venueId} is ${status}.`);
      const values = { ...fields, rating, venueId, userId: by.service ? null : by.userId };
      return published(await tx.insert(vibeChecks).values(values).returning(), 'created');
    });
  }

  /** For its author, the owner of the venue, and administrators. Throws `not_found`, `forbidden`. */
  delete(venueId: string, id: string, by: Principal, requestKey?: RequestKey): Promise<Written<VibeCheck>> {
    return this.#writer.write({ by, requestKey }, async (tx) => {
      const { ownerId } = await existingVenue(tx, venueId);
      const one = and(eq(vibeChecks.id, id), eq(vibeChecks.venueId, venueId));
      const [found] = await tx.select().from(vibeChecks).where(one).for('update');
      if (found && found.userId !== by.userId && ownerId !== by.userId && !isAdmin(by)) {
        throw new AppError('forbidden', 'This vibe check is somebody else’s.');
      }
      return published(await tx.delete(vibeChecks).where(one).returning(), 'deleted');
    });
  }
}

function published([row]: readonly VibeCheck[], eventType: string) {
  if (!row) throw new AppError('not_found', 'This venue has no vibe check of this id.');
  return { row, type: 'vibe_check', eventType, channels: [`vibe_checks:${row.venueId}`] };
}

import { AppError } from '../../errors.ts';
import type { RequestKey } from '../../realtime/idempotency.ts';
import type { Principal } from '../../realtime/principal.ts';
import type { NewVibeCheck } from './model.ts';
import { vibeChecks } from './schema.ts';
import { existingVenue } from './venue-service.ts';
import type { Writer, Written } from './writer.ts';

type VibeCheck = typeof vibeChecks.$inferSelect;

/** How full a venue is, said by whoever is there. */
export class VibeCheckService {
  readonly #writer: Writer;

  constructor(writer: Writer) {
    this.#writer = writer;
  }

  /** Throws `not_found`, and `conflict` where the venue is closed. */
  create(
    venueId: string,
    { excludeUserId, ...fields }: NewVibeCheck,
    by: Principal,
    requestKey?: RequestKey,
  ): Promise<Written<VibeCheck>> {
    return this.#writer.write({ by, requestKey, excludeUserId }, async (tx) => {
      const { status } = await existingVenue(tx, venueId);
      if (status !== 'active') throw new AppError('conflict', `The venue ${venueId} is ${status}.`);
      const values = { ...fields, venueId, userId: by.service ? null : by.userId };
      const [row] = await tx.insert(vibeChecks).values(values).returning();
      if (!row) throw new Error('A vibe check was written and is not there.');
      return { row, type: 'vibe_check', eventType: 'created', channels: [`vibe_checks:${venueId}`] };
    });
  }
}

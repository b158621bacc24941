import { sql } from 'drizzle-orm';
import type { EventData } from '../../extension/delivery-method.ts';
import { servicePrincipal } from '../../realtime/principal.ts';
import { withPrincipal } from '../principal.ts';
import type { Tracking } from '../tracking.ts';
import { featuresOf, scoreOf, type Weights } from './model/score.ts';

/**
 * Returns the digests with their events in the order of the priority score, the highest first; equals keep their order.
 * A digest that cannot be ordered stays as it is.
 */
export async function orderDigests<T extends { readonly event: EventData }>(
  tracking: Tracking,
  digests: readonly (readonly T[])[],
): Promise<readonly (readonly T[])[]> {
  try {
    const weights = await readWeights(tracking);
    const now = tracking.clock.now();
    return digests.map((digest) => {
      const scores = new Map(digest.map((each) => [each, scoreOf(weights, featuresOf(each.event, now))]));
      return digest.toSorted((one, other) => (scores.get(other) ?? 0) - (scores.get(one) ?? 0));
    });
  } catch (error) {
    tracking.logger.warn(
      { err: error },
      'the priority score could not be read; digests keep the order of priority',
    );
    return digests;
  }
}

function readWeights(tracking: Tracking): Promise<Weights> {
  return withPrincipal(tracking, servicePrincipal, async (tx) => {
    const { rows } = await tx.execute<{ weights: Weights }>(
      sql`select weights from public.realtime_predictions where name = 'reads'`,
    );
    return rows[0]?.weights ?? {};
  });
}

import { sql } from 'drizzle-orm';
import type { Publisher } from '../../../db/publisher.ts';
import type { Clock } from '../../../lib/clock.ts';
import type { Logger } from '../../../logger.ts';
import { promotions, shownOfPromotion } from '../schema.ts';
import { nextChange, type Promotion } from './promotion-service.ts';

interface Deps {
  readonly publisher: Publisher;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Between two looks. Milliseconds: a beginning is published at most so late. */
const intervalMs = 5_000;
const atOnce = 100;

/**
 * Publishes on `promotions:{venueId}` when a promotion begins (`started`) and when it is over (`expired`), each once,
 * whichever process looks first (R5). One that began and ended while no process ran is told as `expired` alone.
 */
export class PromotionSchedule implements AsyncDisposable {
  readonly #deps: Deps;
  readonly #timer: Disposable;
  #looking: Promise<void> | undefined;

  constructor(deps: Deps) {
    this.#deps = deps;
    this.#timer = deps.clock.every(intervalMs, () => void this.look());
  }

  /** One pass at a time. Never rejects: what is due waits for the next. */
  look(): Promise<void> {
    this.#looking ??= this.#lookThrough().finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#timer[Symbol.dispose]();
    await this.#looking;
  }

  async #lookThrough(): Promise<void> {
    const { publisher, logger } = this.#deps;
    try {
      while ((await publishDue(publisher)) === atOnce);
    } catch (error) {
      logger.warn({ err: error }, 'beginnings and ends of promotions not published; will retry');
    }
  }
}

/** Publishes what is due, the earliest first; returns how many. */
export async function publishDue(publisher: Publisher): Promise<number> {
  const { result } = await publisher.transaction(async (tx, publish) => {
    const due = tx.$with('due').as(
      tx
        .select({ id: sql<string>`${promotions.id}`.as('due_id') })
        .from(promotions)
        .where(sql`${promotions.nextChangeAt} <= now()`)
        .orderBy(promotions.nextChangeAt)
        .limit(atOnce)
        .for('update', { skipLocked: true }),
    );
    const rows = await tx
      .with(due)
      .update(promotions)
      .set({ nextChangeAt: nextChange(promotions.startDate, promotions.endDate) })
      .from(due)
      .where(sql`${promotions.id} = ${due.id}`)
      .returning({ ...shownOfPromotion, runs: sql<boolean>`${promotions.endDate} > now()` });
    for (const { runs, ...row } of rows) publish(publicationOf(row, runs));
    return rows.length;
  });
  return result;
}

function publicationOf(data: Promotion, runs: boolean) {
  const eventType = runs ? 'started' : 'expired';
  return { channel: `promotions:${data.venueId}`, type: 'promotion', eventType, data };
}

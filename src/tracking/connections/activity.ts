import { type Static, Type } from '@sinclair/typebox';
import { sql } from 'drizzle-orm';
import { writeInParts } from '../../db/log/divide.ts';
import { Instant } from '../../protocol/schemas/instant.ts';
import { Text } from '../../protocol/schemas/text.ts';
import { type Principal, servicePrincipal } from '../../realtime/principal.ts';
import { withPrincipal } from '../principal.ts';
import { activityKinds } from '../schema/measures.ts';
import type { Measures } from '../statistics/measures.ts';
import { nowOf, type Tracking } from '../tracking.ts';

export const ActivityItem = Type.Object({
  kind: Type.Union(activityKinds.map((kind) => Type.Literal(kind))),
  page: Text(500),
  target: Type.Optional(Text(200)),
  durationMs: Type.Optional(Type.Integer({ minimum: 0, maximum: 86_400_000 })),
  tenantId: Type.Optional(Text(200)),
  connectionId: Type.Optional(Text(200)),
  occurredAt: Instant({ description: 'by the clock of the device' }),
});
export type ActivityItem = Static<typeof ActivityItem>;

/** The items that a device sends at once. */
export const ActivityBatch = Type.Array(ActivityItem, { minItems: 1, maxItems: 200 });

export interface Recorded {
  readonly accepted: number;
  /** There was no room for these; their senders may send them again later. */
  readonly dropped: number;
}

export interface ActivityOptions {
  /** Items that wait at most; 10,000 when left out. */
  readonly capacity?: number;
}

/** Rows of one statement. */
const writtenAtOnce = 500;
const intervalMs = 1_000;
/** One person may have this part of what waits. */
const partsOfCapacity = 10;

type Row = ActivityItem & { readonly userId: string; readonly createdAt: string };

/**
 * The activity of people, written in batches by one connection at a time, so that any amount of it takes nothing from
 * delivery. An item that finds no room, or names a tenant that is not the person's, is dropped and counted.
 */
export class Activity {
  readonly #tracking: Tracking;
  readonly #measures: Measures;
  readonly #capacity: number;
  #waiting: Row[] = [];
  #writing: Promise<void> | undefined;

  constructor(tracking: Tracking, measures: Measures, { capacity = 10_000 }: ActivityOptions = {}) {
    this.#tracking = tracking;
    this.#measures = measures;
    this.#capacity = capacity;
  }

  /** Writes what waits again and again until it is disposed, and then the rest. */
  start(): AsyncDisposable {
    const timer = this.#tracking.clock.every(intervalMs, () => void this.flush());
    return {
      [Symbol.asyncDispose]: async () => {
        timer[Symbol.dispose]();
        await this.flush();
        await this.flush();
      },
    };
  }

  /** Takes what there is room for, the first ones first; `items` are valid. Nothing is awaited. */
  record({ userId }: Principal, items: readonly ActivityItem[]): Recorded {
    const own = this.#waiting.reduce((count, row) => count + Number(row.userId === userId), 0);
    // One person leaves room for the others.
    const share = Math.ceil(this.#capacity / partsOfCapacity) - own;
    const room = Math.max(0, Math.min(share, this.#capacity - this.#waiting.length));
    const createdAt = nowOf(this.#tracking);
    const taken = items.slice(0, room);
    for (const item of taken) this.#waiting.push({ ...item, userId, createdAt });
    const dropped = items.length - taken.length;
    this.#measures.count('activity_dropped', dropped);
    return { accepted: taken.length, dropped };
  }

  /** Writes all that waits. Never rejects. */
  flush(): Promise<void> {
    this.#writing ??= this.#write().finally(() => {
      this.#writing = undefined;
    });
    return this.#writing;
  }

  async #write(): Promise<void> {
    const { logger } = this.#tracking;
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.slice(0, writtenAtOnce);
      try {
        // The parts come in order, so what is done with stands first.
        await writeInParts(
          batch,
          (part) => this.#writePart(part),
          (row, error) => this.#putAside(row, error),
        );
      } catch (error) {
        // They wait for the next time; what comes meanwhile is dropped once there is no more room.
        logger.warn(
          { err: error, waiting: this.#waiting.length },
          'activity could not be written; the next batch tries again',
        );
        return;
      }
    }
  }

  async #writePart(part: readonly Row[]): Promise<void> {
    const written = await insert(this.#tracking, part);
    this.#waiting.splice(0, part.length);
    this.#measures.count('activity_recorded', written);
    this.#measures.count('activity_dropped', part.length - written);
  }

  #putAside({ userId }: Row, error: unknown): void {
    this.#waiting.shift();
    this.#measures.count('rows_refused');
    this.#tracking.logger.warn({ err: error, userId }, 'an item of activity was refused; it is left out');
  }
}

/**
 * Returns how many were of a tenant of their person, or of none. An item without a tenant is of the only one that its
 * person has; what is said of people whom `members` does not know is left out.
 */
function insert(tracking: Tracking, batch: readonly Row[]): Promise<number> {
  return withPrincipal(tracking, servicePrincipal, async (tx) => {
    const { rows } = await tx.execute(sql`
      insert into public.realtime_user_activity
        (user_id, tenant_id, connection_id, kind, page, target, duration_ms, occurred_at, created_at)
      select "userId", coalesce("tenantId", (select case when count(*) = 1 then min(m.tenant_id) end
          from ${sql.raw(tracking.members)} m where m.user_id = item."userId" and m.tenant_id is not null and m.addressed)),
        "connectionId", kind, page, target, "durationMs", "occurredAt", "createdAt"
      from json_to_recordset(${JSON.stringify(batch)}::json) as item("userId" text, "tenantId" text, "connectionId" text,
        kind text, page text, target text, "durationMs" integer, "occurredAt" timestamptz, "createdAt" timestamptz)
      where exists (select from ${sql.raw(tracking.members)} m
        where m.user_id = item."userId" and ("tenantId" is null or m.tenant_id = item."tenantId"))
      returning 1`);
    return rows.length;
  });
}

import { and, eq, sql } from 'drizzle-orm';
import { sqlState } from '../../db/connection/errors.ts';
import { servicePrincipal } from '../../realtime/principal.ts';
import { withPrincipal } from '../principal.ts';
import { realtimeEventTypes } from '../schema/events.ts';
import type { Tracking } from '../tracking.ts';

export type EventType = typeof realtimeEventTypes.$inferSelect & {
  /** Another one whenever the row was written. */
  readonly version: string;
};

/**
 * The SQLSTATEs of `realtime_send_events` after which the event is written step by step: the type is not as it was read, or
 * another transaction was in the way. Nothing is written then.
 */
const stepwiseAfter = new Set(['TT001', '40001', '40P01']);

/** The active event types as they were read last; who uses one has its version compared with the row. */
class EventTypes {
  readonly #known = new Map<string, EventType>();
  readonly #tracking: Tracking;

  constructor(tracking: Tracking) {
    this.#tracking = tracking;
  }

  async get(name: string): Promise<EventType | undefined> {
    const known = this.#known.get(name);
    if (known) return known;
    const [row] = await withPrincipal(this.#tracking, servicePrincipal, (tx) =>
      tx
        .select({ type: realtimeEventTypes, version: sql<string>`${realtimeEventTypes}.xmin::text` })
        .from(realtimeEventTypes)
        .where(and(eq(realtimeEventTypes.name, name), realtimeEventTypes.isActive)),
    );
    if (!row) return undefined;
    const type = { ...row.type, version: row.version };
    this.#known.set(name, type);
    return type;
  }

  /** Forgets the type where the event can be written step by step; rethrows any other error. */
  forgetAfter(error: unknown, { name }: EventType): undefined {
    if (!stepwiseAfter.has(sqlState(error) ?? '')) throw error;
    this.#known.delete(name);
  }
}

const caches = new WeakMap<Tracking, EventTypes>();

export function eventTypes(tracking: Tracking): EventTypes {
  const types = caches.get(tracking) ?? new EventTypes(tracking);
  caches.set(tracking, types);
  return types;
}

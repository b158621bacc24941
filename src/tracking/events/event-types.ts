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

/** The SQLSTATE of `realtime_send_events` for a type that is not as it was read. */
const hasChanged = 'TT001';

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

  /** Rethrows any other error than that the type has changed. */
  forgetChanged(error: unknown, { name }: EventType): undefined {
    if (sqlState(error) !== hasChanged) throw error;
    this.#known.delete(name);
  }
}

const caches = new WeakMap<Tracking, EventTypes>();

export function eventTypes(tracking: Tracking): EventTypes {
  const types = caches.get(tracking) ?? new EventTypes(tracking);
  caches.set(tracking, types);
  return types;
}

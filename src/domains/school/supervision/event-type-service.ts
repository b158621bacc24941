import { eq, sql } from 'drizzle-orm';
import { AppError } from '../../../errors.ts';
import { type Principal, servicePrincipal } from '../../../realtime/principal.ts';
import { withPrincipal } from '../../../tracking/principal.ts';
import { realtimeEventTypes } from '../../../tracking/schema/events.ts';
import type { Tracking } from '../../../tracking/tracking.ts';
import { administrators, demandSchools } from '../permissions.ts';
import type { EventTypeChange } from './supervision-model.ts';

/** The types of events: read by everybody, changed by administrators. */
export class EventTypeService {
  readonly #tracking: Tracking;

  constructor(tracking: Tracking) {
    this.#tracking = tracking;
  }

  /** Administrators also see those that are not active. */
  async list(principal: Principal) {
    const seesAll = principal.service || administrators.includes(principal.role);
    const data = await withPrincipal(this.#tracking, principal, (tx) =>
      tx
        .select()
        .from(realtimeEventTypes)
        .where(seesAll ? sql`true` : eq(realtimeEventTypes.isActive, true))
        .orderBy(realtimeEventTypes.name),
    );
    return { data };
  }

  /**
   * For administrators, which the route sees to. Counts for events that are raised from now on, at all schools. Throws
   * `forbidden` where the caller's credentials name schools, `not_found`.
   */
  async change(name: string, change: EventTypeChange, principal: Principal) {
    demandSchools(principal);
    // Row level security lets the service alone write types.
    const [data] = await withPrincipal(this.#tracking, servicePrincipal, (tx) =>
      tx.update(realtimeEventTypes).set(change).where(eq(realtimeEventTypes.name, name)).returning(),
    );
    if (!data) throw new AppError('not_found', `There is no event type ${name}.`);
    return { success: true, data } as const;
  }

  /** The roles of people who may raise events of each of these types, by name. */
  async sourceRoles(names: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>> {
    const { name, sourceRoles } = realtimeEventTypes;
    const rows = await withPrincipal(this.#tracking, servicePrincipal, (tx) =>
      tx
        .select({ name, sourceRoles })
        .from(realtimeEventTypes)
        .where(sql`${name} = any(${sql.param(names)}::text[])`),
    );
    return new Map(rows.map((row) => [row.name, row.sourceRoles]));
  }
}

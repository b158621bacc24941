import { service, withPrincipal } from './principal.ts';
import { realtimeEventTypes } from './schema/events.ts';
import type { Tracking } from './tracking.ts';

export type NewEventType = typeof realtimeEventTypes.$inferInsert;

/** Makes the types that are missing. What an operator changed of the others stays. */
export function defineEventTypes(
  tracking: Pick<Tracking, 'database' | 'members'>,
  types: readonly NewEventType[],
): Promise<void> {
  return withPrincipal(tracking, service, async (tx) => {
    await tx
      .insert(realtimeEventTypes)
      .values([...types])
      .onConflictDoNothing();
  });
}

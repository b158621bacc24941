import { sql } from 'drizzle-orm';
import { servicePrincipal } from '../realtime/principal.ts';
import { publishWithPrincipal } from './principal.ts';
import type { Tracking } from './tracking.ts';
import { type CountRow, countUnread, isUnread, unreadPublication } from './unread.ts';

/** Tables whose rows go by their age alone, and the column that tells it. */
const byAge = {
  realtime_user_activity: 'created_at',
  realtime_system_metrics: 'minute',
  websocket_connections: 'disconnected_at',
  realtime_sms_counts: 'day',
  realtime_reading_hours: 'learned_on',
  realtime_reading_groups: 'learned_on',
} as const;

/**
 * Removes what is older than `before` (ISO 8601), at most `limit` rows of each kind, and returns how many those were;
 * 0 means that nothing is left. Counters of unread deliveries follow. Safe on any number of processes.
 */
export function pruneTracking(tracking: Tracking, before: string, limit = 1_000): Promise<number> {
  return publishWithPrincipal(tracking, servicePrincipal, async (tx, publish) => {
    const { rows } = await tx.execute<CountRow & { readonly removed: number }>(sql`
      with old as materialized (
        select event_id, user_id from public.realtime_event_deliveries
        where created_at < ${before} limit ${limit} for update skip locked
      ), removed as (
        delete from public.realtime_event_deliveries d using old
        where d.event_id = old.event_id and d.user_id = old.user_id
        returning d.user_id, ${isUnread} and d.method <> 'channel' as unread
      ), counted as (${countUnread(sql`select user_id, -1 from removed where unread`)})
      select (select count(*)::integer from removed) as removed, counted.*
      from (select) one left join counted on true`);
    for (const row of rows) if (row.version !== null) publish(unreadPublication(row));
    let removed = rows[0]?.removed ?? 0;
    const events = await tx.execute(sql`delete from public.realtime_events where id in (
      select id from public.realtime_events e where created_at < ${before}
        and not exists (select from public.realtime_event_deliveries d where d.event_id = e.id)
      order by created_at limit ${limit} for update skip locked) returning id`);
    removed += events.rows.length;
    for (const [name, column] of Object.entries(byAge)) {
      const table = sql.raw(name);
      const { rows: gone } = await tx.execute(sql`delete from ${table} where ctid = any(array(
        select ctid from ${table} where ${sql.raw(column)} < ${before} limit ${limit} for update skip locked)) returning 1`);
      removed += gone.length;
    }
    return removed;
  });
}

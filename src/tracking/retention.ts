import { sql } from 'drizzle-orm';
import type { Drizzle } from '../db/connection/open.ts';
import { servicePrincipal } from '../realtime/principal.ts';
import { publishWithPrincipal } from './principal.ts';
import type { Tracking } from './tracking.ts';
import { type CountRow, countUnread, isUnread, unreadPublication } from './unread.ts';

/** Tables whose rows go by their age alone, and the column that tells it. */
export const byAge = {
  realtime_system_metrics: 'minute',
  websocket_connections: 'disconnected_at',
  realtime_sms_counts: 'day',
  realtime_reading_hours: 'learned_on',
  realtime_reading_groups: 'learned_on',
  realtime_removed_counts: 'at',
} as const;

/** Instants, ISO 8601. */
export interface Ages {
  readonly before: string;
  /** For the activity of people. */
  readonly activityBefore: string;
}

/**
 * Removes what is older than `before`, at most `limit` rows of each kind, and returns how many those were;
 * 0 means that nothing is left. Counters of unread deliveries follow. Safe on any number of processes.
 */
export function pruneTracking(
  tracking: Tracking,
  { before, activityBefore }: Ages,
  limit = 1_000,
): Promise<number> {
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
      removed += await pruneByAge(tx, { name, column, before, limit });
    }
    const activity = { name: 'realtime_user_activity', column: 'created_at', before: activityBefore, limit };
    return removed + (await pruneByAge(tx, activity));
  });
}

interface AgedTable {
  readonly name: string;
  readonly column: string;
  readonly before: string;
  readonly limit: number;
}

async function pruneByAge(tx: Drizzle, { name, column, before, limit }: AgedTable): Promise<number> {
  const table = sql.raw(name);
  const { rows } = await tx.execute(sql`delete from ${table} where ctid = any(array(
    select ctid from ${table} where ${sql.raw(column)} < ${before} limit ${limit} for update skip locked)) returning 1`);
  return rows.length;
}

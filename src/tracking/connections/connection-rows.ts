import { and, gt, inArray, sql } from 'drizzle-orm';
import type { Drizzle } from '../../db/connection/open.ts';
import { realtimeProcesses } from '../../db/schema.ts';
import { presenceLeaseMs } from '../../realtime/ports/presence-store.ts';
import { servicePrincipal } from '../../realtime/principal.ts';
import { asPrincipal, withPrincipal } from '../principal.ts';
import type { websocketConnections } from '../schema/connections.ts';
import { nowOf, type Tracking } from '../tracking.ts';

type Row = typeof websocketConnections.$inferInsert;

/** Tenants of the principal in place of the one that the row names. */
export type ConnectionRow = Omit<Row, 'tenantId'> & {
  readonly tenants: readonly string[];
  /** The time after which a message to an ended session may not have arrived. */
  readonly unheardSince: string | null;
};

/**
 * Adds what is new and brings the rest up to date, in one statement. Sessions of users whom `members` does not know
 * leave nothing; the tenant is that of the context, or the only one that somebody has.
 */
export function writeConnections(
  tracking: Pick<Tracking, 'database' | 'members'>,
  rows: readonly ConnectionRow[],
): Promise<void> {
  const members = sql.raw(tracking.members);
  const ofUser = sql`m.user_id = g."userId" and m.role = g.role`;
  return withPrincipal(tracking, servicePrincipal, async (tx) => {
    await tx.execute(sql`
      insert into public.websocket_connections as c (id, user_id, role, tenant_id, transport, device_id, device_type, platform,
        process_id, connected_at, last_seen_at, latency_ms, loss, quality, receives_events, disconnected_at, disconnect_reason)
      select id, "userId", role,
        (select case when count(*) = 1 then min(tenant_id) end from ${members} m where ${ofUser}
          and tenant_id is not null and (cardinality(tenants) = 0 or tenant_id = any(tenants))),
        transport, "deviceId", "deviceType", platform, "processId", "connectedAt", "lastSeenAt", "latencyMs", loss, quality,
        "receivesEvents", "disconnectedAt", "disconnectReason"
      from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as g(id text, "userId" text, role text, tenants text[],
        transport text, "deviceId" text, "deviceType" text, platform text, "processId" text, "connectedAt" timestamptz,
        "lastSeenAt" timestamptz, "latencyMs" real, loss real, quality text, "receivesEvents" boolean, "disconnectedAt" timestamptz,
        "disconnectReason" text)
      where exists (select from ${members} m where ${ofUser})
      on conflict (id) do update set tenant_id = excluded.tenant_id, last_seen_at = excluded.last_seen_at,
        latency_ms = excluded.latency_ms, loss = excluded.loss, quality = excluded.quality,
        receives_events = excluded.receives_events,
        disconnected_at = excluded.disconnected_at, disconnect_reason = excluded.disconnect_reason`);
    const ends = rows.flatMap(({ userId, unheardSince }) => (unheardSince ? [{ userId, unheardSince }] : []));
    if (ends.length > 0) await awaitConnections(tx, ends);
  });
}

/**
 * A delivery awaits the next connection of its person if it was sent after their connection was heard the last time, is
 * not sent again by itself and was not acknowledged, and no other connection of the person was there.
 */
async function awaitConnections(
  tx: Drizzle,
  ends: readonly { readonly userId: string; readonly unheardSince: string }[],
): Promise<void> {
  await tx.execute(sql`
    update public.realtime_event_deliveries d set awaits_connection = true
    from unnest(${sql.param(ends.map(({ userId }) => userId))}::text[],
      ${sql.param(ends.map(({ unheardSince }) => unheardSince))}::timestamptz[]) as ended(user_id, since)
    where d.user_id = ended.user_id and d.sent_at >= ended.since and d.status = 'sent' and d.method = 'websocket'
      and d.next_attempt_at is null and not d.awaits_connection and not exists (
        select from public.websocket_connections c
        where c.user_id = d.user_id and c.disconnected_at is null and c.receives_events and c.connected_at < d.sent_at)`);
}

/** Closes what processes left whose lease is over, on behalf of `processId`, and returns how many those were. */
export function closeStale(
  tracking: Pick<Tracking, 'database' | 'members' | 'clock'>,
  processId: string,
): Promise<number> {
  const { database, members } = tracking;
  return database.transaction(async (tx) => {
    const asService = <T>(work: () => Promise<T>) => asPrincipal(tx, members, servicePrincipal, work);
    const open = await asService(() =>
      // From one process to the next by the index: what is read grows with the processes, not with the connections.
      tx.execute<{ process_id: string }>(sql`
        with recursive process as (
          (select process_id as id from public.websocket_connections where disconnected_at is null order by process_id limit 1)
          union all
          select (select c.process_id from public.websocket_connections c
            where c.disconnected_at is null and c.process_id > process.id order by c.process_id limit 1)
          from process where process.id is not null
        )
        select id as process_id from process where id <> ${processId}`),
    );
    const dead = await deadAmong(
      tx,
      open.rows.map((row) => row.process_id),
    );
    if (dead.length === 0) return 0;
    return asService(async () => {
      const { rows } = await tx.execute<{ user_id: string; last_seen_at: string }>(sql`
        update public.websocket_connections set disconnected_at = ${nowOf(tracking)}, disconnect_reason = 'process_lost'
        where disconnected_at is null and process_id in ${dead} returning user_id, last_seen_at`);
      const ends = rows.map((row) => ({
        userId: row.user_id,
        unheardSince: new Date(row.last_seen_at).toISOString(),
      }));
      if (ends.length > 0) await awaitConnections(tx, ends);
      return ends.length;
    });
  });
}

/** The leases are the engine's, and are read as the role that connected. */
async function deadAmong(tx: Drizzle, ids: readonly string[]): Promise<string[]> {
  if (ids.length === 0) return [];
  const { id, seenAt } = realtimeProcesses;
  const lease = sql`${presenceLeaseMs} * interval '1 millisecond'`;
  const living = await tx
    .select({ id })
    .from(realtimeProcesses)
    .where(and(inArray(id, [...ids]), gt(seenAt, sql`clock_timestamp() - ${lease}`)));
  return ids.filter((each) => !living.some((alive) => alive.id === each));
}

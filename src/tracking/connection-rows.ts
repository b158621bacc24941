import { and, gt, inArray, sql } from 'drizzle-orm';
import type { Drizzle } from '../db/open.ts';
import { realtimeProcesses } from '../db/schema.ts';
import { presenceLeaseMs } from '../realtime/ports/presence-store.ts';
import { asPrincipal, service, withPrincipal } from './principal.ts';
import type { websocketConnections } from './schema/connections.ts';
import { nowOf, type Tracking } from './tracking.ts';

type Row = typeof websocketConnections.$inferInsert;

/** Tenants of the principal in place of the one that the row names. */
export type ConnectionRow = Omit<Row, 'tenantId'> & { readonly tenants: readonly string[] };

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
  return withPrincipal(tracking, service, async (tx) => {
    await tx.execute(sql`
      insert into websocket_connections as c (id, user_id, role, tenant_id, transport, device_id, device_type, platform,
        process_id, connected_at, last_seen_at, latency_ms, loss, quality, disconnected_at, disconnect_reason)
      select id, "userId", role,
        (select case when count(*) = 1 then min(tenant_id) end from ${members} m where ${ofUser}
          and tenant_id is not null and (cardinality(tenants) = 0 or tenant_id = any(tenants))),
        transport, "deviceId", "deviceType", platform, "processId", "connectedAt", "lastSeenAt", "latencyMs", loss, quality,
        "disconnectedAt", "disconnectReason"
      from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as g(id text, "userId" text, role text, tenants text[],
        transport text, "deviceId" text, "deviceType" text, platform text, "processId" text, "connectedAt" timestamptz,
        "lastSeenAt" timestamptz, "latencyMs" real, loss real, quality text, "disconnectedAt" timestamptz,
        "disconnectReason" text)
      where exists (select from ${members} m where ${ofUser})
      on conflict (id) do update set tenant_id = excluded.tenant_id, last_seen_at = excluded.last_seen_at,
        latency_ms = excluded.latency_ms, loss = excluded.loss, quality = excluded.quality,
        disconnected_at = excluded.disconnected_at, disconnect_reason = excluded.disconnect_reason`);
  });
}

/** Closes what processes left whose lease is over, on behalf of `processId`, and answers how many that were. */
export function closeStale(
  tracking: Pick<Tracking, 'database' | 'members' | 'clock'>,
  processId: string,
): Promise<number> {
  const { database, members } = tracking;
  return database.transaction(async (tx) => {
    const asService = <T>(work: () => Promise<T>) => asPrincipal(tx, members, service, work);
    const open = await asService(() =>
      tx.execute<{ process_id: string }>(sql`select distinct process_id from websocket_connections
        where disconnected_at is null and process_id <> ${processId}`),
    );
    const dead = await deadAmong(
      tx,
      open.rows.map((row) => row.process_id),
    );
    if (dead.length === 0) return 0;
    const closed = await asService(() =>
      tx.execute(sql`
        update websocket_connections set disconnected_at = ${nowOf(tracking)}, disconnect_reason = 'process_lost'
        where disconnected_at is null and process_id in ${dead} returning 1`),
    );
    return closed.rows.length;
  });
}

/** The leases are the engine's, and read as whoever connected. */
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

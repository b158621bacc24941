import { type SQL, sql } from 'drizzle-orm';

/**
 * For an update of what a lease protects, as `with fence as (…) update … from fence where …`: one row while `userId`
 * holds the lease under `token`, or without a token while nobody holds it; else none. From here to the end of the
 * transaction nobody else gets the lease, so what passes is never overtaken by the work of a later holder. `source` has
 * one row, or none where the update is refused for another reason.
 *
 * The upsert judges the latest committed row, whatever the snapshot of the statement shows. A given token whose lease
 * has no row was never given out.
 */
export function fence(name: string, userId: string, token: number | undefined, source: SQL): SQL {
  if (token === undefined) {
    return sql`insert into public.realtime_leases as l (name) select ${name} from ${source}
      on conflict (name) do update set name = excluded.name
        where l.expires_at is null or l.expires_at <= clock_timestamp()
      returning l.token`;
  }
  return sql`update public.realtime_leases l set name = l.name from ${source}
    where l.name = ${name} and l.token = ${token} and l.user_id = ${userId} and l.expires_at > clock_timestamp()
    returning l.token`;
}

import { sql } from 'drizzle-orm';
import type { Database, Query } from '../../db/connection/open.ts';
import { servicePrincipal } from '../../realtime/principal.ts';
import { withPrincipal } from '../../tracking/principal.ts';
import type { Overview } from './model.ts';

const databaseStatement = `
select pg_database_size(current_database())::float8 as bytes,
  greatest(0, (select reltuples from pg_class where oid = 'public.realtime_channels'::regclass))::float8 as channels,
  greatest(0, (select reltuples from pg_class where oid = 'public.realtime_publications'::regclass))::float8 as publications,
  (select count(*) from (select from public.realtime_outbox limit 10000) waiting)::integer as waiting,
  (select extract(epoch from now() - created_at) * 1000 from public.realtime_outbox order by id limit 1)::float8 as oldest_ms,
  (select count(*) from (select from public.realtime_dead_letters limit 10000) letters)::integer as letters`;

interface DatabaseRow {
  readonly bytes: number;
  readonly channels: number;
  readonly publications: number;
  readonly waiting: number;
  readonly oldest_ms: number | null;
  readonly letters: number;
}

/** Counts of tables are those of the last ANALYZE, or bounded: reading them does not grow with the log. */
export async function readDatabase(
  query: Query,
  monotonic: () => number,
): Promise<NonNullable<Overview['database']>> {
  const before = monotonic();
  await query('select 1');
  const roundTripMs = monotonic() - before;
  const [row] = await query<DatabaseRow>(databaseStatement);
  if (!row) throw new Error('The numbers of the database returned no row.');
  const { bytes, channels, publications, waiting, oldest_ms: oldestMs, letters } = row;
  return { roundTripMs, bytes, channels, publications, outbox: { waiting, oldestMs }, deadLetters: letters };
}

/** Whether the database has the tables of tracked events. */
export async function hasTracking(query: Query): Promise<boolean> {
  const [row] = await query<{ there: boolean }>(
    `select to_regclass('public.realtime_event_deliveries') is not null as there`,
  );
  return row?.there === true;
}

/** The caller of reads that see all tenants. */
export const asOperator = <T>(database: Database, work: Parameters<typeof withPrincipal<T>>[2]): Promise<T> =>
  withPrincipal({ database, members: '' }, servicePrincipal, work);

/** From a tracked event to its first acknowledgement. */
export async function readToScreen(database: Database): Promise<Overview['toScreen']> {
  if (!(await hasTracking(database.query))) return null;
  return asOperator(database, async (tx) => {
    const { rows } = await tx.execute<{ p50: number | null; p99: number | null; count: number }>(sql`
      select percentile_cont(0.5) within group (order by ms)::float8 as p50,
        percentile_cont(0.99) within group (order by ms)::float8 as p99, count(*)::integer as count
      from (
        select extract(epoch from delivered_at - created_at) * 1000 as ms
        from public.realtime_event_deliveries
        where created_at > now() - interval '15 minutes' and delivered_at is not null
        limit 1000
      ) acknowledged`);
    const [found] = rows;
    return { p50: found?.p50 ?? 0, p99: found?.p99 ?? 0, count: found?.count ?? 0 };
  });
}

import { type SQL, sql } from 'drizzle-orm';
import type { Drizzle } from '../../db/connection/open.ts';
import type { Principal } from '../../realtime/principal.ts';
import { withPrincipal } from '../principal.ts';
import { priorities } from '../statuses.ts';
import type { Tracking } from '../tracking.ts';
import type { Percentiles } from './measures.ts';

/** Instants, ISO 8601; `to` itself is not in it. */
export interface Period {
  readonly from: string;
  readonly to: string;
}

export interface Statistics {
  /** Deliveries of the events that were raised in the period. */
  readonly deliveries: number;
  readonly byStatus: Readonly<Record<string, number>>;
  readonly byPriority: Readonly<Record<string, number>>;
  /** From 0 to 1, of those that were sent; null where none was. */
  readonly deliveryRate: number | null;
  readonly acknowledgementRate: number | null;
  readonly failureRate: number | null;
  /** From when it was raised, or scheduled. Null where there is none, as in the next two. Milliseconds. */
  readonly createdToSent: Percentiles | null;
  readonly sentToDelivered: Percentiles | null;
  readonly sentToAcknowledged: Percentiles | null;
  /** Attempts to reach people by other methods than `websocket`, by method. */
  readonly methods: Readonly<Record<string, MethodStatistics>>;
  /** Deliveries that went on to another method because they were not read. */
  readonly escalated: number;
  /** By method, the deliveries that were read before it had its turn. */
  readonly spared: Readonly<Record<string, number>>;
  /** Most people connected at the same time. */
  readonly peakUsers: number;
}

export interface MethodStatistics {
  readonly attempts: number;
  /** The attempts that the provider took, and those that it then reported as delivered or failed. */
  readonly taken: number;
  readonly delivered: number;
  readonly failed: number;
  /** The parts that providers charge for, and their cost as far as it is known. */
  readonly segments: number;
  readonly cost: number;
}

/**
 * Returns statistics of the deliveries and connections that this principal may see: those of the tenants they
 * supervise, and their own; the service sees all.
 */
export function statistics(
  tracking: Pick<Tracking, 'database' | 'members'>,
  principal: Principal,
  period: Period,
): Promise<Statistics> {
  return withPrincipal(tracking, principal, async (tx) => {
    const row = await readDeliveries(tx, period);
    const rate = (count: number) => (row.sent === 0 ? null : count / row.sent);
    return {
      deliveries: row.deliveries,
      byStatus: row.by_status ?? {},
      byPriority: row.by_priority ?? {},
      deliveryRate: rate(row.delivered),
      acknowledgementRate: rate(row.acknowledged),
      failureRate: rate(row.failed),
      createdToSent: percentiles(row.sent_ms),
      sentToDelivered: percentiles(row.delivered_ms),
      sentToAcknowledged: percentiles(row.acknowledged_ms),
      methods: await readMethods(tx, period),
      escalated: row.escalated,
      spared: row.spared ?? {},
      peakUsers: await readPeak(tx, period),
    };
  });
}

interface DeliveriesRow extends Record<string, unknown> {
  readonly deliveries: number;
  readonly sent: number;
  readonly delivered: number;
  readonly acknowledged: number;
  readonly failed: number;
  readonly escalated: number;
  readonly spared: Readonly<Record<string, number>> | null;
  readonly by_status: Readonly<Record<string, number>> | null;
  readonly by_priority: Readonly<Record<string, number>> | null;
  readonly sent_ms: readonly number[] | null;
  readonly delivered_ms: readonly number[] | null;
  readonly acknowledged_ms: readonly number[] | null;
}

/** The row of a delivery is as old as its event, but that of an announcement, which is as old as its first reading. */
async function readDeliveries(tx: Drizzle, { from, to }: Period): Promise<DeliveriesRow> {
  const count = (what: SQL) => sql`count(*) filter (where ${what})::integer`;
  const spread = (ms: SQL) => sql`percentile_disc(array[0.5, 0.95, 0.99, 1]) within group (order by ${ms})`;
  const { rows } = await tx.execute<DeliveriesRow>(sql`
    with seen as materialized (
      select d.status, d.priority_rank, d.sent_at, d.escalations, d.spared,
        ${milliseconds(sql`d.sent_at - greatest(e.created_at, e.scheduled_at)`)} as sent_ms,
        ${milliseconds(sql`d.delivered_at - d.sent_at`)} as delivered_ms,
        ${milliseconds(sql`d.acknowledged_at - d.sent_at`)} as acknowledged_ms
      from public.realtime_event_deliveries d join public.realtime_events e on e.id = d.event_id
      where d.created_at >= ${from} and e.created_at >= ${from} and e.created_at < ${to}
    )
    select count(*)::integer as deliveries,
      ${count(sql`sent_at is not null`)} as sent,
      ${count(sql`delivered_ms is not null`)} as delivered,
      ${count(sql`acknowledged_ms is not null`)} as acknowledged,
      ${count(sql`status = 'failed'`)} as failed,
      ${count(sql`escalations > 0`)} as escalated,
      (select jsonb_object_agg(method, n) from (select method, count(*) as n from seen, unnest(spared) as method group by 1) s) as spared,
      ${spread(sql`sent_ms`)} as sent_ms,
      ${spread(sql`delivered_ms`)} as delivered_ms,
      ${spread(sql`acknowledged_ms`)} as acknowledged_ms,
      (select jsonb_object_agg(status, n) from (select status, count(*) as n from seen group by 1) s) as by_status,
      (select jsonb_object_agg((${sql.param(priorities)}::text[])[priority_rank], n)
        from (select priority_rank, count(*) as n from seen group by 1) p) as by_priority
    from seen`);
  const [row] = rows;
  if (!row) throw new Error('An aggregate has always one row.');
  return row;
}

/** Attempts of the events that were raised in the period. */
async function readMethods(tx: Drizzle, { from, to }: Period): Promise<Statistics['methods']> {
  const { rows } = await tx.execute<
    MethodStatistics & { readonly method: string } & Record<string, unknown>
  >(sql`
    select method, count(*)::integer as attempts, count(*) filter (where outcome = 'taken')::integer as taken,
      count(*) filter (where report = 'delivered')::integer as delivered,
      count(*) filter (where report = 'failed')::integer as failed,
      coalesce(sum(segments), 0)::integer as segments, coalesce(sum(cost), 0)::float8 as cost
    from public.realtime_delivery_attempts a join public.realtime_events e on e.id = a.event_id
    where a.started_at >= ${from} and e.created_at >= ${from} and e.created_at < ${to} group by method order by method`);
  return Object.fromEntries(rows.map(({ method, ...counts }) => [method, counts]));
}

/** Clocks of processes differ: no time is negative. */
const milliseconds = (interval: SQL) =>
  sql`case when ${interval} is not null then greatest(0, extract(epoch from ${interval}) * 1000)::float8 end`;

/** Each person's connections melt into spans first, so that several devices are one person. */
async function readPeak(tx: Drizzle, { from, to }: Period): Promise<number> {
  const { rows } = await tx.execute<{ peak: number }>(sql`
    with span as (
      select unnest(range_agg(tstzrange(greatest(connected_at, ${from}), least(coalesce(disconnected_at, ${to}), ${to}), '[]'))) as span
      from public.websocket_connections
      where connected_at < ${to} and coalesce(disconnected_at, ${to}) >= ${from}
      group by user_id
    ), change as (
      select lower(span) as at, 1 as by from span union all select upper(span), -1 from span
    )
    select coalesce(max(present), 0)::integer as peak
    from (select sum(by) over (order by at, by desc) as present from change) c`);
  return rows[0]?.peak ?? 0;
}

function percentiles(values: readonly number[] | null): Percentiles | null {
  const [p50, p95, p99, max] = values ?? [];
  if (p50 === undefined || p95 === undefined || p99 === undefined || max === undefined) return null;
  return { p50, p95, p99, max };
}

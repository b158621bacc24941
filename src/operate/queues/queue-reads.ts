import { type SQL, sql } from 'drizzle-orm';
import { isoTime } from '../../db/append-statements.ts';
import type { Drizzle } from '../../db/connection/open.ts';
import { behind, type OrderColumn, type Page, type PageQuery, pageOf } from '../../db/paging.ts';
import type { DeadLetter, DeliveryQuery, DeliveryRow, LeaseRow, OutboxRow } from './model.ts';

export interface ChannelFilter extends PageQuery {
  readonly channel?: string | undefined;
}

const time = (column: string, name: string) => sql.raw(`${isoTime(column)} as "${name}"`);
const dropped = sql`id::float8 as id, channel, type, event_type as "eventType", octet_length(data::text) as bytes,
  ${time('created_at', 'createdAt')}`;
const byId: readonly OrderColumn[] = [[sql`id`, 'bigint']];

const inChannel = (channel: string | undefined): SQL =>
  channel === undefined ? sql`true` : sql`channel = ${channel}`;

/** The oldest first. */
export async function readOutbox(
  db: Drizzle,
  { cursor, limit, channel }: ChannelFilter,
): Promise<Page<OutboxRow>> {
  const { rows } = await db.execute<OutboxRow>(sql`select ${dropped} from public.realtime_outbox
    where ${inChannel(channel)} and ${behind(byId, 'ascending', cursor) ?? sql`true`} order by id limit ${limit + 1}`);
  return pageOf(rows, limit, ({ id }) => [String(id)]);
}

/** The newest first. */
export async function readDeadLetters(
  db: Drizzle,
  { cursor, limit, channel }: ChannelFilter,
): Promise<Page<DeadLetter>> {
  const { rows } = await db.execute<DeadLetter>(sql`
    select ${dropped}, reason, data from public.realtime_dead_letters
    where ${inChannel(channel)} and ${behind(byId, 'descending', cursor) ?? sql`true`}
    order by id desc limit ${limit + 1}`);
  return pageOf(rows, limit, ({ id }) => [String(id)]);
}

/** Puts a dead letter into the outbox again, behind everything that waits. Returns its place; undefined without one. */
export async function retryDeadLetter(db: Drizzle, id: number): Promise<number | undefined> {
  const { rows } = await db.execute<{ id: number }>(sql`
    with taken as (delete from public.realtime_dead_letters where id = ${id} returning channel, type, event_type, data)
    insert into public.realtime_outbox (channel, type, event_type, data)
    select channel, type, event_type, data from taken returning id::float8 as id`);
  return rows[0]?.id;
}

export async function discardDeadLetter(db: Drizzle, id: number): Promise<boolean> {
  const { rows } = await db.execute(
    sql`delete from public.realtime_dead_letters where id = ${id} returning true as gone`,
  );
  return rows.length > 0;
}

const byCreation: readonly OrderColumn[] = [
  [sql`d.created_at`, 'timestamptz'],
  [sql`d.event_id`, 'uuid'],
  [sql`d.user_id`, 'text'],
];

/** The newest first. In a transaction that sees all tenants. */
export async function readDeliveries(
  tx: Drizzle,
  { cursor, limit, ...filter }: DeliveryQuery,
): Promise<Page<DeliveryRow>> {
  const { user, event, status, method } = filter;
  const conditions = [
    ...(user === undefined ? [] : [sql`d.user_id = ${user}`]),
    ...(event === undefined ? [] : [sql`d.event_id = ${event}`]),
    ...(status === undefined ? [] : [sql`d.status = ${status}`]),
    ...(method === undefined ? [] : [sql`d.method = ${method}`]),
    behind(byCreation, 'descending', cursor) ?? sql`true`,
  ];
  const { rows } = await tx.execute<DeliveryRow & { readonly place: string }>(sql`
    select d.event_id as "eventId", d.user_id as "userId", e.type as "eventType", e.title, d.status, e.priority, d.method,
      d.attempts, d.max_attempts as "maxAttempts", d.awaits_connection as "awaitsConnection",
      ${time('d.next_attempt_at', 'nextAttemptAt')}, d.last_error as "lastError", d.device_acks as devices,
      ${time('d.created_at', 'createdAt')}, ${time('d.sent_at', 'sentAt')}, ${time('d.delivered_at', 'deliveredAt')},
      ${time('d.read_at', 'readAt')}, ${time('d.acknowledged_at', 'acknowledgedAt')},
      ${time('d.failed_at', 'failedAt')}, ${time('d.expired_at', 'expiredAt')},
      to_char(d.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as place
    from public.realtime_event_deliveries d join public.realtime_events e on e.id = d.event_id
    where ${sql.join(conditions, sql` and `)}
    order by d.created_at desc, d.event_id desc, d.user_id desc limit ${limit + 1}`);
  const page = pageOf(rows, limit, ({ place, eventId, userId }) => [place, eventId, userId]);
  return { ...page, data: page.data.map(({ place: _, ...row }) => row as DeliveryRow) };
}

const byName: readonly OrderColumn[] = [[sql`l.name`, 'text']];

/** By name. */
export async function readLeases(
  db: Drizzle,
  { cursor, limit, search }: PageQuery & { readonly search?: string | undefined },
): Promise<Page<LeaseRow>> {
  const { rows } = await db.execute<LeaseRow>(sql`
    select l.name, l.token::float8 as token, case when l.expires_at > now() then l.user_id end as "userId",
      case when l.expires_at > now() then l.session_id end as "sessionId", ${time('l.expires_at', 'expiresAt')},
      (select count(*) from public.realtime_lease_waiters w where w.name = l.name)::integer as waiting
    from public.realtime_leases l
    where ${search === undefined ? sql`true` : sql`starts_with(l.name, ${search})`}
      and ${behind(byName, 'ascending', cursor) ?? sql`true`}
    order by l.name limit ${limit + 1}`);
  return pageOf(rows, limit, ({ name }) => [name]);
}

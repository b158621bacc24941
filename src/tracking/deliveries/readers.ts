import { sql } from 'drizzle-orm';
import type { Drizzle } from '../../db/connection/open.ts';
import { AppError } from '../../errors.ts';
import { isText } from '../../protocol/schemas/text.ts';
import { type Principal, servicePrincipal } from '../../realtime/principal.ts';
import { withPrincipal } from '../principal.ts';
import type { DeliveryStatus } from '../statuses.ts';
import type { Tracking } from '../tracking.ts';

/** The fate of an event for one of its recipients. Times are ISO 8601. */
export interface EventReader {
  readonly userId: string;
  readonly status: DeliveryStatus;
  readonly deliveredAt: string | null;
  /** Null also where everything up to the event was marked as read at once. */
  readonly readAt: string | null;
  readonly acknowledgedAt: string | null;
}

export interface ReadersPage {
  /** By user id. */
  readonly items: readonly EventReader[];
  readonly nextCursor: string | null;
  /** The number of all recipients, not of this page alone. */
  readonly recipients: number;
  readonly read: number;
  readonly acknowledged: number;
}

/** Throws `not_found` unless this is the author of the event, somebody who supervises its tenant, or the service. */
export async function checkSupervises(tx: Drizzle, eventId: string): Promise<void> {
  const { rows } = await tx.execute(sql`select from public.realtime_events where id = ${eventId}
    and (public.realtime_is_service() or source_user_id = public.realtime_user() or tenant_id = any(public.realtime_supervised()))`);
  if (rows.length === 0) throw new AppError('not_found', `There is no event ${eventId} of yours.`);
}

/** Reads a page, or takes one of this key that others had read. */
type SharePage = (key: string, read: () => Promise<ReadersPage>) => Promise<ReadersPage>;

/**
 * The people who have read an event. The recipients of an announcement are the people of its tenant as they are now.
 * The right of each caller is checked, also where the page is shared. Throws `not_found` as `checkSupervises`,
 * `validation_failed` for a cursor that is none.
 */
export async function readReaders(
  tracking: Pick<Tracking, 'database' | 'members'>,
  principal: Principal,
  eventId: string,
  { cursor, limit }: { readonly cursor?: string; readonly limit: number },
  share: SharePage = (_, read) => read(),
): Promise<ReadersPage> {
  const after = cursor === undefined ? '' : userIdOf(cursor);
  await withPrincipal(tracking, principal, (tx) => checkSupervises(tx, eventId));
  const key = JSON.stringify([eventId, after, limit]);
  return share(key, () =>
    withPrincipal(tracking, servicePrincipal, async (tx) => {
      const { rows } = await tx.execute<ReaderRow>(sql`
        with reader as materialized (${readersOf(tracking.members, eventId)}
        ), total as (
          select count(*)::integer as recipients, count(*) filter (where status = 'acknowledged')::integer as acknowledged,
            count(*) filter (where status in ('read', 'acknowledged'))::integer as read
          from reader
        )
        select total.*, page.* from total left join lateral (
          select * from reader where user_id collate "C" > ${after} order by user_id collate "C" limit ${limit + 1}
        ) page on true`);
      return pageOf(rows, limit);
    }),
  );
}

/** Selects the readers of an announcement: a person has read it alone, or everything up to it. */
const readersOf = (members: string, eventId: string) => sql`
  select d.user_id, d.status, d.delivered_at, d.read_at, d.acknowledged_at
  from public.realtime_event_deliveries d where d.event_id = ${eventId} and d.method <> 'channel'
  union all
  select distinct on (m.user_id) m.user_id, case when d.status in ('read', 'acknowledged') then d.status
      when marker.read_offset >= e.channel_offset then 'read' else e.status end,
    d.delivered_at, d.read_at, d.acknowledged_at
  from public.realtime_events e
  join ${sql.raw(members)} m on m.tenant_id = e.tenant_id and m.addressed
  left join public.realtime_event_deliveries d on d.event_id = e.id and d.user_id = m.user_id
  left join public.realtime_channel_subscriptions marker on marker.user_id = m.user_id
    and marker.channel = 'realtime_announcements:' || public.realtime_encode_segment(e.tenant_id)
    and marker.read_epoch = e.channel_epoch
  where e.id = ${eventId} and e.delivery_mode = 'channel'`;

interface ReaderRow extends Record<string, unknown> {
  readonly recipients: number;
  readonly read: number;
  readonly acknowledged: number;
  readonly user_id: string | null;
  readonly status: DeliveryStatus;
  readonly delivered_at: string | null;
  readonly read_at: string | null;
  readonly acknowledged_at: string | null;
}

function pageOf(rows: readonly ReaderRow[], limit: number): ReadersPage {
  const { recipients = 0, read = 0, acknowledged = 0 } = rows[0] ?? {};
  const items = rows.slice(0, limit).flatMap((row): EventReader[] =>
    row.user_id === null
      ? []
      : [
          {
            userId: row.user_id,
            status: row.status,
            deliveredAt: instantOf(row.delivered_at),
            readAt: instantOf(row.read_at),
            acknowledgedAt: instantOf(row.acknowledged_at),
          },
        ],
  );
  const last = items.at(-1);
  const nextCursor = last && rows.length > limit ? Buffer.from(last.userId).toString('base64url') : null;
  return { items, nextCursor, recipients, read, acknowledged };
}

const instantOf = (value: string | null) => value && new Date(value).toISOString();

function userIdOf(cursor: string): string {
  const userId = Buffer.from(cursor, 'base64url').toString();
  if (userId !== '' && isText(userId) && Buffer.from(userId).toString('base64url') === cursor) return userId;
  throw new AppError('validation_failed', 'The cursor is no `nextCursor` of this list.', { field: 'cursor' });
}

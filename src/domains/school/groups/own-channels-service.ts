import { type SQL, sql } from 'drizzle-orm';
import type { Drizzle } from '../../../db/connection/open.ts';
import type { Principal } from '../../../realtime/principal.ts';
import type { GroupRole, OwnChannel } from './model.ts';
import { type GroupRow, groupColumns, groupOf, isKnown, ownMembership } from './standing-service.ts';

interface OwnRow extends GroupRow, Record<string, unknown> {
  readonly role: GroupRole | null;
  readonly unread: number;
}

/** Messages of others since the person joined, and since the message up to which they have read. */
const unread = sql.raw(`(
  select count(*)::integer from school.channel_messages m
  where m.channel_id = c.id and m.author_id <> s.user_id and m.deleted_at is null and m.created_at >= s.subscribed_at
    and m.seq > coalesce((select r.seq from school.channel_receipts r
      where r.channel_id = c.id and r.user_id = s.user_id), 0))`);

/** Channels that the person of the transaction may know of, the newest first, as they have them. */
export async function ownChannels(
  tx: Drizzle,
  { service }: Principal,
  condition: SQL,
  limit: number,
): Promise<OwnChannel[]> {
  const { rows } = await tx.execute<OwnRow>(sql`
    select ${groupColumns}, s.role, case when s.role is null then 0 else ${unread} end as unread
    from school.channels c ${ownMembership}
    where (${service === true} or ${isKnown}) and ${condition}
    order by c.created_at desc, c.id desc limit ${limit}`);
  return rows.map((row) => ({ ...groupOf(row), role: row.role, unread: row.unread }));
}

/** In all channels whose member the person of the transaction is. */
export async function unreadInAll(tx: Drizzle): Promise<number> {
  const { rows } = await tx.execute<{ unread: number }>(sql`
    select coalesce(sum(${unread}), 0)::integer as unread from school.channels c ${ownMembership}
    where s.role is not null and c.archived_at is null and ${isKnown}`);
  return rows[0]?.unread ?? 0;
}

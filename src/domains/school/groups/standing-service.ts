import { sql } from 'drizzle-orm';
import type { Drizzle } from '../../../db/connection/open.ts';
import { AppError } from '../../../errors.ts';
import type { Principal } from '../../../realtime/principal.ts';
import { withPrincipal } from '../../../tracking/principal.ts';
import type { Tracking } from '../../../tracking/tracking.ts';
import type { GroupChannel, GroupRole } from './model.ts';
import { groupChannel } from './names.ts';
import type { Standing } from './rights.ts';

/** A row of `groupColumns`. */
export interface GroupRow {
  readonly channelId: string;
  readonly schoolId: string;
  readonly name: string;
  readonly description: string;
  readonly visibility: GroupChannel['visibility'];
  readonly createdBy: string;
  readonly createdAt: string;
  readonly archivedAt: string | null;
}

interface FoundRow extends GroupRow, Record<string, unknown> {
  readonly role: GroupRole | null;
  readonly supervises: boolean;
}

/** A channel, and what the caller is in it. */
export interface Found extends Standing {
  readonly group: GroupChannel;
}

/** The columns of `school.channels` as `c`, named as on the wire. */
export const groupColumns =
  sql.raw(`c.id as "channelId", c.school_id as "schoolId", c.name, c.description, c.visibility,
  c.created_by as "createdBy", c.created_at as "createdAt", c.archived_at as "archivedAt"`);

/** For queries with `school.channels` as `c`: the membership of the person the transaction is for, as `s`. */
export const ownMembership =
  sql.raw(`left join public.realtime_channel_subscriptions s on s.channel = 'school_channel:' || c.id
  and s.user_id = (select public.realtime_user()) and s.role is not null and s.unsubscribed_at is null
  and s.tenant_id = c.school_id`);

/** For queries with `school.channels` as `c` and the membership as `s`: the channels that a person may know of. */
export const isKnown = sql.raw(`(c.school_id = any((select public.realtime_supervised())::text[])
  or (c.school_id = any((select public.realtime_tenants())::text[]) and (c.visibility = 'open' or s.role is not null)))`);

export function groupOf(row: GroupRow): GroupChannel {
  const { channelId, schoolId, name, description, visibility, createdBy, createdAt, archivedAt } = row;
  return {
    channelId,
    channel: groupChannel(channelId),
    schoolId,
    name,
    description,
    visibility,
    createdBy,
    createdAt: new Date(createdAt).toISOString(),
    archivedAt: archivedAt && new Date(archivedAt).toISOString(),
  };
}

/** The channel as the caller may know it; part of a transaction that runs as the caller. Throws `not_found`. */
export async function find(tx: Drizzle, channelId: string, { service }: Principal): Promise<Found> {
  const { rows } = await tx.execute<FoundRow>(sql`
    select ${groupColumns}, s.role,
      coalesce(c.school_id = any((select public.realtime_supervised())::text[]), false) as supervises
    from school.channels c ${ownMembership}
    where c.id = ${channelId} and (${service === true} or ${isKnown})`);
  const [row] = rows;
  if (!row) throw new AppError('not_found', `There is no channel ${channelId} for you.`);
  if (service) return { group: groupOf(row), role: 'owner', supervises: true };
  return { group: groupOf(row), role: row.role, supervises: row.supervises };
}

/** Does as `find`, and throws `conflict` for a channel that is archived. */
export async function findOpen(tx: Drizzle, channelId: string, principal: Principal): Promise<Found> {
  const found = await find(tx, channelId, principal);
  if (found.group.archivedAt)
    throw new AppError('conflict', 'This channel is archived: it can only be read.');
  return found;
}

/** Whether somebody is a member of the channel, at a school that is theirs in the present context. */
export function isMemberOf(
  tracking: Pick<Tracking, 'database' | 'members'>,
  principal: Principal,
  channelId: string,
): Promise<boolean> {
  return withPrincipal(tracking, principal, async (tx) => {
    const { rows } = await tx.execute(sql`select from school.channels c ${ownMembership}
      where c.id = ${channelId} and s.role is not null and ${isKnown}`);
    return rows.length > 0;
  });
}

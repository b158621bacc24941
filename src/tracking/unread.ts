import { type SQL, sql } from 'drizzle-orm';
import type { Drizzle } from '../db/connection/open.ts';
import type { NewPublication } from '../realtime/publishing/new-publication.ts';
import { channelOf } from './channels.ts';
import type { UnreadCount } from './model.ts';
import { unreadStatuses } from './statuses.ts';

/** Whether a delivery `d` is unread: its person has not read it, or has marked it as unread since. */
export const isUnread = sql`(d.status in ${[...unreadStatuses]} or d.unread_at is not null)`;

/**
 * For a statement that changes deliveries: adds `deltas`, rows of (user_id, delta), to the counters of their people and
 * returns (user_id, count, version). Always after the deliveries are locked, and in one order of people everywhere, so
 * that no two transactions wait for each other.
 */
export const countUnread = (deltas: SQL): SQL => sql`
  insert into public.realtime_unread_counts as c (user_id, count, version)
  select user_id, sum(delta), 1 from (${deltas}) as change(user_id, delta)
  group by user_id having sum(delta) <> 0 order by user_id collate "C"
  on conflict (user_id) do update set count = c.count + excluded.count, version = c.version + 1
  returning user_id, count, version`;

/** Returns the person's counter; zero where there is none yet. */
export async function readUnread(tx: Drizzle, userId: string): Promise<UnreadCount> {
  const { rows } = await tx.execute<CountRow>(
    sql`select user_id, count, version from public.realtime_unread_counts where user_id = ${userId}`,
  );
  return countOf(rows[0]);
}

export interface CountRow extends Record<string, unknown> {
  readonly user_id: string;
  readonly count: number;
  /** bigint, which drivers give as text. */
  readonly version: string;
}

export const countOf = (row: CountRow | undefined): UnreadCount =>
  row ? { count: row.count, version: Number(row.version) } : { count: 0, version: 0 };

/** Tells all devices of a person how many there are. */
export const unreadPublication = (row: CountRow): NewPublication => ({
  channel: channelOf(row.user_id),
  type: 'unread_count',
  data: countOf(row),
});

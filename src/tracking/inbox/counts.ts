import { sql } from 'drizzle-orm';
import type { Drizzle } from '../../db/connection/open.ts';
import { itemsOf } from './items.ts';

/** The numbers of items in the inbox of a person. What is archived or over counts in `archived` at most. */
export interface InboxCounts {
  readonly all: number;
  readonly unread: number;
  /** Unread, and not in a list that they looked into. */
  readonly unseen: number;
  readonly archived: number;
  readonly byType: Readonly<Record<string, number>>;
  readonly byPriority: Readonly<Record<string, number>>;
}

interface CountedRow extends Record<string, unknown> {
  readonly type: string;
  readonly priority: string;
  readonly all: number;
  readonly unread: number;
  readonly unseen: number;
  readonly archived: number;
}

/** Counts the inbox of the person `tx` runs for, in one statement and one pass. */
export async function countInbox(tx: Drizzle, userId: string, now: string): Promise<InboxCounts> {
  const { rows } = await tx.execute<CountedRow>(sql`
    select e.type, e.priority, (count(*) filter (where i.archived_at is null))::integer as all,
      (count(*) filter (where i.is_unread))::integer as unread, (count(*) filter (where i.is_unseen))::integer as unseen,
      (count(*) filter (where i.archived_at is not null))::integer as archived
    from (${itemsOf(userId, now)}) i join public.realtime_events e on e.id = i.event_id
    where i.status not in ('expired', 'cancelled') group by e.type, e.priority`);
  const total = (of: 'all' | 'unread' | 'unseen' | 'archived') => rows.reduce((sum, row) => sum + row[of], 0);
  const by = (of: 'type' | 'priority') => {
    const counts: Record<string, number> = {};
    for (const row of rows) if (row.all > 0) counts[row[of]] = (counts[row[of]] ?? 0) + row.all;
    return counts;
  };
  return {
    all: total('all'),
    unread: total('unread'),
    unseen: total('unseen'),
    archived: total('archived'),
    byType: by('type'),
    byPriority: by('priority'),
  };
}

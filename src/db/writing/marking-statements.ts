import { getTableName, type SQL, sql } from 'drizzle-orm';
import type { PgTable } from 'drizzle-orm/pg-core';
import { maxNamed } from '../../protocol/schemas/notifications.ts';
import { jsonObject } from './row-statements.ts';
import type { WriteStatement } from './write.ts';

interface Marking {
  /** The conditions on the row of the table. */
  readonly isOne: SQL;
  readonly isUnread: SQL;
  /** The assignments of the update. */
  readonly set: SQL;
  /** The columns that `changed` has; all when left out. */
  readonly shown?: SQL;
}

/**
 * The parts of a statement that marks one row of `table` as read, where it is not yet. `changed` has the row either way, and
 * `is_news`. The row is locked, so that of two marks at once one is news.
 */
export const markingRead = (
  table: PgTable,
  { isOne, isUnread, set, shown = sql`${table}.*` }: Marking,
): Pick<WriteStatement, 'before' | 'change'> => ({
  before: {
    found: sql`select ${shown}, ${isUnread} as is_news from request, ${table} where ${isOne}
      for update of ${sql.identifier(getTableName(table))}`,
    read: sql`update ${table} set ${set} from found where ${isOne} and found.is_news returning ${shown}, found.is_news`,
  },
  change: sql`select * from read union all select * from found where not is_news`,
});

/**
 * The parts of a statement that marks rows as read and returns `{changed}`, their number. `mark` updates them from `request`,
 * and returns their ids as `marked`. Not for a request with a key.
 */
export const markingAllRead = (mark: SQL): Pick<WriteStatement, 'before' | 'change' | 'result'> => ({
  before: { read: mark },
  change: sql`select count(*)::integer as changed from read`,
  result: jsonObject({ changed: sql`changed.changed` }),
});

/** The `ids` that {@link markingAllRead} has marked, in parts for one publication each, with other aggregates of a part. */
export const partsOfMarked = (others?: SQL): SQL => sql`
  select place, to_json(array_agg(marked)) as ids ${others ? sql`, ${others}` : sql``}
  from (select read.*, (row_number() over () - 1) / ${sql.raw(`${maxNamed}`)} as place from read) numbered group by place`;

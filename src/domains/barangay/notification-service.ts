import { type SQL, sql } from 'drizzle-orm';
import { sqlState } from '../../db/connection/errors.ts';
import type { Drizzle } from '../../db/connection/open.ts';
import { isMuted } from '../../db/mutes.ts';
import { behind, type OrderColumn, type PageQuery, pageOf } from '../../db/paging.ts';
import type { Publisher } from '../../db/publisher.ts';
import { wireRow } from '../../db/triggers/wire-row.ts';
import { markingAllRead, markingRead, partsOfMarked } from '../../db/writing/marking-statements.ts';
import { insertInto, jsonObject } from '../../db/writing/row-statements.ts';
import type { WriteStatement } from '../../db/writing/write.ts';
import { AppError } from '../../errors.ts';
import { snapshotAt, writtenAt } from '../../protocol/schemas/written.ts';
import { personalChannel } from '../../protocol/wire/channel-name.ts';
import type { Principal } from '../../realtime/principal.ts';
import type { RequestKey } from '../../realtime/publishing/idempotency.ts';
import { idAsNumber, idOrder } from './list-service.ts';
import type { BroadcastReceipt, NotificationBroadcast } from './model.ts';
import { receiptOf } from './receipt.ts';
import { blotterReports, notifications, users } from './schema.ts';
import { notificationsTable } from './triggers.ts';

type Row = Record<string, unknown>;

const { namespace } = notificationsTable.mutes;

/**
 * Notifications of the application's own table. Its ids may be integers or texts, and it may have columns beside those
 * named here, or no `created_at`. Everybody reads and changes their own alone.
 */
export class NotificationService {
  readonly #publisher: Publisher;

  constructor(publisher: Publisher) {
    this.#publisher = publisher;
  }

  /**
   * Stored and published in one statement, so that a phone that was off finds it in both places or in neither. One that
   * its user has muted is stored alone. Throws `not_found` for a user or a case there is not.
   */
  async send(
    { userId: id, notification: { caseId, ...notification } }: NotificationBroadcast,
    request?: RequestKey,
  ): Promise<BroadcastReceipt> {
    const given = String(id);
    const isMutedByUser = isMuted({ userId: sql`changed.user_id`, namespace }, sql`changed.wire ->> 'type'`);
    // The id is taken as the table writes it: where ids are integers, `007` finds user 7, who listens as 7.
    const values = { userId: sql`found.id`, ...notification, caseId };
    const isCase = sql`exists (select from ${blotterReports} where id = ${caseId ?? null})`;
    const statement: WriteStatement = {
      change: sql`${insertInto(notifications, values, sql`request, ${users} found`)}
        where found.id = ${given} ${caseId ? sql`and ${isCase}` : sql``}
        returning ${notifications}.user_id::text as user_id, ${this.#row()} as wire`,
      result: sql`changed.wire`,
      publications: [
        {
          channel: sql`case when not ${isMutedByUser}
            then ${`${namespace}:`} || public.realtime_encode_segment(changed.user_id) end`,
          type: notificationsTable.type,
        },
      ],
    };
    for (;;) {
      const published = await this.#publisher.write(statement, request).catch(async (error: unknown) => {
        if (isOfOtherType(error)) await this.#findBoth(given, caseId);
        throw error;
      });
      if (published) return receiptOf(namespace, published);
      await this.#findBoth(given, caseId);
    }
  }

  /** Throws `not_found` for the one that is not there. */
  async #findBoth(userId: string, caseId: NotificationBroadcast['notification']['caseId']): Promise<void> {
    const { db } = this.#publisher;
    await findRow(db, sql`select from ${users} where id = ${userId}`, `user ${userId}`);
    if (caseId) await findRow(db, sql`select from ${blotterReports} where id = ${caseId}`, `case ${caseId}`);
  }

  /** The newest first; where the table has no `created_at`, those of the largest id. */
  async list({ unread = false, cursor, limit }: PageQuery & { unread?: boolean }, { userId }: Principal) {
    const read = (readRows: (tx: Drizzle) => Promise<{ rows: readonly Listed[]; unread: number }>) =>
      this.#publisher.snapshot([channelOf(userId)], readRows);
    const snapshot = read(async (tx) => {
      const counted = await tx.execute<{ count: number }>(
        sql`select count(*)::integer as count from ${notifications} where ${ownedBy(userId)} and ${isUnread}`,
      );
      const { rows } = await tx.execute<Listed>(sql`
        select wire, at::text, number::text, name
        from (select null::timestamptz as created_at) lacking cross join lateral (
          select ${this.#row()} as wire, ${madeAt} as at, ${idAsNumber(notifications.id)} as number, ${notifications}.id::text as name
          from ${notifications} where ${ownedBy(userId)} ${unread ? sql`and ${isUnread}` : sql``}
        ) found
        where ${behind(order, 'descending', cursor) ?? sql`true`}
        order by found.at desc, found.number desc, found.name desc limit ${limit + 1}`);
      return { rows, unread: counted.rows[0]?.count ?? 0 };
    });
    const { data, positions } = await snapshot.catch((error: unknown) => {
      if (!isOfOtherType(error)) throw error;
      return read(async () => ({ rows: [], unread: 0 }));
    });
    const page = pageOf(data.rows, limit, ({ at, number, name }) => [at, number, name]);
    return {
      ...page,
      data: page.data.map(({ wire }) => wire),
      unread: data.unread,
      ...snapshotAt(positions),
    };
  }

  /** Published the first time, so that the user's other devices know. Throws `not_found`. */
  markRead(id: string, { userId }: Principal, request?: RequestKey) {
    const statement: WriteStatement = {
      ...markingRead(notifications, {
        isOne: sql`${ownedBy(userId)} and ${hasId(id)}`,
        isUnread,
        set: sql`is_read = true`,
        shown: sql`${this.#row()} as wire`,
      }),
      result: sql`changed.wire`,
      publications: [
        {
          channel: sql`case when changed.is_news then ${channelOf(userId)} end`,
          ...readNotice,
        },
      ],
    };
    return this.#write<Row>(statement, request, missing(id));
  }

  /** Published with the ids of what was unread. */
  markAllRead({ userId }: Principal) {
    const statement: WriteStatement = {
      ...markingAllRead(
        sql`update ${notifications} set is_read = true from request where ${ownedBy(userId)} and ${isUnread}
          returning ${this.#row(['id'])} -> 'id' as marked`,
      ),
      publications: [
        {
          each: partsOfMarked(),
          channel: channelOf(userId),
          ...readNotice,
          data: jsonObject({ ids: sql`part.ids` }),
        },
      ],
    };
    return this.#write(statement, undefined, () => ({ changed: 0 }));
  }

  /** Throws `not_found`, and `conflict` for one that another table of the application refers to. */
  async delete(id: string, { userId }: Principal, request?: RequestKey) {
    const statement: WriteStatement = {
      change: sql`delete from ${notifications} using request where ${ownedBy(userId)} and ${hasId(id)}
        returning ${this.#row(['id'])} as wire`,
      result: sql`changed.wire`,
      publications: [{ channel: channelOf(userId), type: 'notificationDeleted', eventType: 'deleted' }],
    };
    const written = this.#write<Row>(statement, request, missing(id)).catch((error: unknown) => {
      if (!sqlState(error)?.startsWith('23')) throw error;
      throw new AppError('conflict', 'The application still needs this notification.', { cause: error });
    });
    const { data: _, ...answer } = await written;
    return answer;
  }

  async #write<T>(statement: WriteStatement, request: RequestKey | undefined, ofNobody: () => T) {
    const success = true as const;
    try {
      const published = await this.#publisher.write<T>(statement, request);
      if (!published) return { success, data: ofNobody() };
      return { success, data: published.result, ...writtenAt(published) };
    } catch (error) {
      if (!isOfOtherType(error)) throw error;
      return { success, data: ofNobody() };
    }
  }

  #row(columns?: readonly string[]): SQL {
    const zone = this.#publisher.timestampZone;
    return wireRow(notifications, { zone, ...notificationsTable, ...(columns && { columns }) });
  }
}

const channelOf = (userId: string) => personalChannel(namespace, userId);
const readNotice = { type: 'notificationRead', eventType: 'read' } as const;

interface Listed extends Row {
  readonly wire: Row;
  readonly at: string;
  readonly number: string;
  readonly name: string;
}

/** An integer column compares by number, and `007` is not the id of user 7. */
const ownedBy = (userId: string) =>
  sql`${notifications}.user_id = ${userId} and ${notifications}.user_id::text = ${userId}`;
const hasId = (id: string) => sql`${notifications}.id = ${id} and ${notifications}.id::text = ${id}`;
const isUnread = sql`${notifications}.is_read is not true`;

/** Microseconds. The bare name is that of the table's column or, where it has none, of the one outside. */
const madeAt = sql`greatest(0, coalesce(case when isfinite(created_at) then extract(epoch from created_at) * 1000000 end, 0))::bigint`;
const order: readonly OrderColumn[] = [[sql`at`, 'bigint'], ...idOrder];

/** The first row of a statement that looks for one; throws `not_found`. */
async function findRow(tx: Drizzle, statement: SQL, what: string): Promise<Row> {
  try {
    const { rows } = await tx.execute<Row>(statement);
    if (rows[0]) return rows[0];
  } catch (error) {
    if (!isOfOtherType(error)) throw error;
  }
  throw new AppError('not_found', `There is no ${what}.`);
}

/** An id that the column's type cannot hold, such as "user123" where ids are integers, names no row. */
const isOfOtherType = (error: unknown) => sqlState(error)?.startsWith('22') === true;

const missing = (id: string) => (): never => {
  throw new AppError('not_found', `There is no notification ${id} of yours.`);
};

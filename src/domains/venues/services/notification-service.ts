import { and, count, desc, eq, getTableColumns, isNull, sql } from 'drizzle-orm';
import { isoTime } from '../../../db/append-statements.ts';
import { isMuted } from '../../../db/mutes.ts';
import { behind, type OrderColumn, type PageQuery, pageOf } from '../../../db/paging.ts';
import type { Publisher } from '../../../db/publisher.ts';
import { markingAllRead, markingRead, partsOfMarked } from '../../../db/writing/marking-statements.ts';
import { insertInto, jsonObject, rowJson } from '../../../db/writing/row-statements.ts';
import type { WriteStatement } from '../../../db/writing/write.ts';
import { AppError } from '../../../errors.ts';
import { snapshotAt, writtenAt } from '../../../protocol/schemas/written.ts';
import { personalChannel } from '../../../protocol/wire/channel-name.ts';
import type { Principal } from '../../../realtime/principal.ts';
import type { RequestKey } from '../../../realtime/publishing/idempotency.ts';
import { checkDepth } from '../../../realtime/publishing/payload.ts';
import { notificationsChannel } from '../channels.ts';
import type { NewNotification, WriteReceipt } from '../model.ts';
import { notifications } from '../schema.ts';
import type { Writer, Written } from './writer.ts';

const { id, userId: owner, readAt, createdAt } = notifications;

/** The notifications of one user, who alone reads and changes them. */
export class NotificationService {
  readonly #publisher: Publisher;
  readonly #writer: Writer;

  constructor(publisher: Publisher, writer: Writer) {
    this.#publisher = publisher;
    this.#writer = writer;
  }

  /** A page of the caller's, the latest first. */
  async list({ unread = false, cursor, limit }: PageQuery & { unread?: boolean }, { userId }: Principal) {
    const own = eq(owner, userId);
    const ownUnread = and(own, isNull(readAt));
    const { data, positions } = await this.#publisher.snapshot([channelOf(userId)], async (tx) => {
      const counted = await tx.select({ count: count() }).from(notifications).where(ownUnread);
      const rows = await tx
        .select({ row: notifications, at: sql<string>`to_json(${createdAt}) #>> '{}'` })
        .from(notifications)
        .where(and(unread ? ownUnread : own, behind(order, 'descending', cursor)))
        .orderBy(desc(createdAt), desc(id))
        .limit(limit + 1);
      return { rows, unread: counted[0]?.count ?? 0 };
    });
    // A time on the wire has milliseconds, that of a place all its digits.
    const page = pageOf(data.rows, limit, ({ at, row }) => [at, row.id]);
    return {
      ...page,
      data: page.data.map(({ row }) => row),
      unread: data.unread,
      ...snapshotAt(positions),
    };
  }

  /**
   * Stored and published, so that a phone that was off finds it in both places or in neither. One that its user has muted
   * is stored alone. Throws `payload_too_large` for data that is nested too deep; data that is merely large is cut in the
   * publication.
   */
  async notify(
    userId: string,
    fields: NewNotification,
    by: Principal,
    requestKey?: RequestKey,
  ): Promise<WriteReceipt> {
    const { type = 'general', data = {}, createdAt: _, ...rest } = fields;
    // The row has one level more than its data.
    checkDepth({ data });
    const muting = isMuted({ userId, namespace: notificationsChannel }, sql`${type}`);
    const receipt = await this.#writer.write(
      { by, requestKey },
      {
        change: sql`${insertInto(notifications, { ...rest, type, data, userId }, sql`request`)}
          returning *, ${muting} as muted`,
        row: rowJson('changed', columns),
        type: 'notification',
        eventType: 'created',
        channels: [sql`case when not changed.muted then ${channelOf(userId)} end`],
      },
    );
    return { ...withoutData(receipt), channel: notificationsChannel };
  }

  /** Published the first time, so that the user's other devices know. Throws `not_found`. */
  markRead(notificationId: string, { userId }: Principal, requestKey?: RequestKey) {
    const statement: WriteStatement = {
      ...markingRead(notifications, {
        isOne: sql`${eq(owner, userId)} and ${id} = ${notificationId}`,
        isUnread: isNull(readAt),
        set: sql`read_at = clock_timestamp()`,
      }),
      result: rowJson('changed', columns),
      publications: [
        {
          channel: sql`case when changed.is_news then ${channelOf(userId)} end`,
          ...readNotice,
          data: rowJson('changed', { id, readAt }),
        },
      ],
    };
    return this.#write<typeof notifications.$inferSelect>(statement, requestKey, missing(notificationId));
  }

  /** Published with the ids of what was unread. */
  markAllRead({ userId }: Principal) {
    return this.#write<{ changed: number }>({
      ...markingAllRead(
        sql`update ${notifications} set read_at = now() from request where ${eq(owner, userId)} and read_at is null
          returning ${notifications}.id as marked, ${notifications}.read_at`,
      ),
      publications: [
        {
          each: partsOfMarked(sql`max(read_at) as read_at`),
          channel: channelOf(userId),
          ...readNotice,
          data: jsonObject({ ids: sql`part.ids`, readAt: sql.raw(isoTime('part.read_at')) }),
        },
      ],
    });
  }

  /** Throws `not_found`. */
  async delete(notificationId: string, { userId }: Principal, requestKey?: RequestKey) {
    const statement: WriteStatement = {
      change: sql`delete from ${notifications} using request
        where ${eq(owner, userId)} and ${id} = ${notificationId} returning ${id}`,
      result: rowJson('changed', { id }),
      publications: [{ channel: channelOf(userId), type: 'notificationDeleted', eventType: 'deleted' }],
    };
    const { data: _, ...answer } = await this.#write(statement, requestKey, missing(notificationId));
    return answer;
  }

  async #write<T>(statement: WriteStatement, requestKey?: RequestKey, refusal = unexpected) {
    const published = await this.#publisher.write<T>(statement, requestKey);
    if (!published) throw refusal();
    return { success: true as const, data: published.result, ...writtenAt(published) };
  }
}

const withoutData = ({ data: _, ...receipt }: Written<unknown>): WriteReceipt => receipt;

const channelOf = (userId: string) => personalChannel(notificationsChannel, userId);
const readNotice = { type: 'notificationRead', eventType: 'read' } as const;

const columns = getTableColumns(notifications);

const order: readonly OrderColumn[] = [
  [createdAt, 'timestamptz'],
  [id, 'text'],
];

const missing = (notificationId: string) => () =>
  new AppError('not_found', `There is no notification ${notificationId} of yours.`);
const unexpected = () => new Error('An update of many rows returned no count.');

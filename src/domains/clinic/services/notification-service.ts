import { and, count, desc, eq, getTableColumns, isNull, sql } from 'drizzle-orm';
import { isoTime } from '../../../db/append-statements.ts';
import { sqlState } from '../../../db/connection/errors.ts';
import { isMuted } from '../../../db/mutes.ts';
import { behind, type OrderColumn, type PageQuery, pageOf } from '../../../db/paging.ts';
import type { Publisher } from '../../../db/publisher.ts';
import { markingAllRead, markingRead, partsOfMarked } from '../../../db/writing/marking-statements.ts';
import { insertInto, jsonObject, rowJson } from '../../../db/writing/row-statements.ts';
import type { WriteStatement } from '../../../db/writing/write.ts';
import { AppError } from '../../../errors.ts';
import { snapshotAt } from '../../../protocol/schemas/written.ts';
import type { Principal } from '../../../realtime/principal.ts';
import type { RequestKey } from '../../../realtime/publishing/idempotency.ts';
import { type Changed, write } from '../change.ts';
import { notices, noticesOf } from '../channel-names.ts';
import type { NewNotification, Notification } from '../model.ts';
import { notifications } from '../schema.ts';

/** Notifications to one user, on all their devices: stored and published in one transaction. */
export class NotificationService {
  readonly #publisher: Publisher;

  constructor(publisher: Publisher) {
    this.#publisher = publisher;
  }

  /** Stored and published in one statement; one that its user has muted is stored alone. Throws `not_found` when it is about a case that does not exist. */
  async send(
    body: NewNotification,
    principal: Principal,
    requestKey?: RequestKey,
  ): Promise<Changed<Notification>> {
    const { userId, caseId = null } = body;
    const values = { ...body, sentBy: principal.userId };
    const isMutedByUser = isMuted({ userId, namespace: notices }, sql`${caseId}`);
    const statement: WriteStatement = {
      change: sql`${insertInto(notifications, values, sql`request`)} returning *, ${isMutedByUser} as muted`,
      result: rowJson('changed', shown),
      publications: [
        {
          channel: sql`case when not changed.muted then ${noticesOf(userId)} end`,
          type: 'notification',
        },
      ],
    };
    const author = { principal, requestKey };
    try {
      return await write<Notification>(this.#publisher, statement, author);
    } catch (error) {
      if (sqlState(error) === '23503') throw new AppError('not_found', `There is no case ${caseId}.`);
      throw error;
    }
  }

  async list({ unread = false, cursor, limit }: PageQuery & { unread?: boolean }, { userId }: Principal) {
    const own = eq(notifications.userId, userId);
    const ownUnread = and(own, isNull(notifications.readAt));
    const { data, positions } = await this.#publisher.snapshot([noticesOf(userId)], async (tx) => {
      const counted = await tx.select({ count: count() }).from(notifications).where(ownUnread);
      const data = await tx
        .select(shown)
        .from(notifications)
        .where(and(unread ? ownUnread : own, behind(order, 'descending', cursor)))
        .orderBy(desc(notifications.createdAt), desc(notifications.notificationId))
        .limit(limit + 1);
      return { data, unread: counted[0]?.count ?? 0 };
    });
    const page = pageOf(data.data, limit, ({ createdAt, notificationId }) => [createdAt, notificationId]);
    return { ...page, unread: data.unread, ...snapshotAt(positions) };
  }

  /** The first time is published, so that the user's other devices know. Throws `not_found`. */
  markRead(
    notificationId: string,
    principal: Principal,
    requestKey?: RequestKey,
  ): Promise<Changed<Notification>> {
    const { userId } = principal;
    const statement: WriteStatement = {
      ...markingRead(notifications, {
        isOne: sql`${notifications.notificationId} = ${notificationId} and ${notifications.userId} = ${userId}`,
        isUnread: isNull(notifications.readAt),
        set: sql`read_at = clock_timestamp()`,
      }),
      result: rowJson('changed', shown),
      publications: [
        {
          channel: sql`case when changed.is_news then ${noticesOf(userId)} end`,
          ...readNotice,
          data: rowJson('changed', { notificationId: shown.notificationId, readAt: shown.readAt }),
        },
      ],
    };
    return write(this.#publisher, statement, { principal, requestKey }, missing(notificationId));
  }

  /** Published with the ids of what was unread. */
  markAllRead(principal: Principal): Promise<Changed<{ changed: number }>> {
    const { userId } = principal;
    const statement: WriteStatement = {
      ...markingAllRead(
        sql`update ${notifications} set read_at = now() from request
          where ${notifications.userId} = ${userId} and read_at is null
          returning ${notifications.notificationId} as marked, ${notifications.readAt}`,
      ),
      publications: [
        {
          each: partsOfMarked(sql`max(read_at) as read_at`),
          channel: noticesOf(userId),
          ...readNotice,
          data: jsonObject({
            notificationIds: sql`part.ids`,
            readAt: sql.raw(isoTime('part.read_at')),
          }),
        },
      ],
    };
    return write(this.#publisher, statement, { principal, requestKey: undefined });
  }

  /** Throws `not_found`. */
  async delete(notificationId: string, principal: Principal, requestKey?: RequestKey) {
    const { userId } = principal;
    const statement: WriteStatement = {
      change: sql`delete from ${notifications} using request where ${notifications.notificationId} = ${notificationId}
        and ${notifications.userId} = ${userId} returning ${notifications.notificationId}`,
      result: rowJson('changed', { notificationId: shown.notificationId }),
      publications: [{ channel: noticesOf(userId), type: 'notificationDeleted', eventType: 'deleted' }],
    };
    const author = { principal, requestKey };
    const { data: _, ...where } = await write(this.#publisher, statement, author, missing(notificationId));
    return { success: true as const, ...where };
  }
}

const readNotice = { type: 'notificationRead', eventType: 'read' } as const;

const missing = (notificationId: string) => async () =>
  new AppError('not_found', `There is no notification ${notificationId} of yours.`);

const { userId: _, ...shown } = getTableColumns(notifications);

const order: readonly OrderColumn[] = [
  [notifications.createdAt, 'timestamptz'],
  [notifications.notificationId, 'uuid'],
];

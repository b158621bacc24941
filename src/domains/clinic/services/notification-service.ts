import { and, count, desc, eq, getTableColumns, isNull, sql } from 'drizzle-orm';
import { sqlState } from '../../../db/connection/errors.ts';
import type { Drizzle } from '../../../db/connection/open.ts';
import { isMuted } from '../../../db/mutes.ts';
import { behind, type OrderColumn, type PageQuery, pageOf } from '../../../db/paging.ts';
import type { Publish, Publisher } from '../../../db/publisher.ts';
import { insertInto, rowJson } from '../../../db/writing/row-statements.ts';
import type { WriteStatement } from '../../../db/writing/write.ts';
import { AppError } from '../../../errors.ts';
import { maxNamed } from '../../../protocol/schemas/notifications.ts';
import { snapshotAt } from '../../../protocol/schemas/written.ts';
import type { Principal } from '../../../realtime/principal.ts';
import type { RequestKey } from '../../../realtime/publishing/idempotency.ts';
import type { NewPublication } from '../../../realtime/publishing/new-publication.ts';
import { type Changed, carryOut, write } from '../change.ts';
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
    const own = and(eq(notifications.notificationId, notificationId), eq(notifications.userId, userId));
    const change = async (tx: Drizzle, publish: Publish) => {
      const [read] = await tx
        .update(notifications)
        .set({ readAt: sql`clock_timestamp()` })
        .where(and(own, isNull(notifications.readAt)))
        .returning(shown);
      if (read) {
        const data = { notificationId, readAt: read.readAt };
        publish(noticeTo(userId, 'notificationRead', 'read', data));
      }
      const [found] = read ? [read] : await tx.select(shown).from(notifications).where(own);
      if (!found) throw new AppError('not_found', `There is no notification ${notificationId} of yours.`);
      return found;
    };
    return carryOut(this.#publisher, change, { principal, requestKey });
  }

  /** Published with the ids of what was unread. */
  markAllRead(principal: Principal): Promise<Changed<{ changed: number }>> {
    const { userId } = principal;
    const change = async (tx: Drizzle, publish: Publish) => {
      const rows = await tx
        .update(notifications)
        .set({ readAt: sql`now()` })
        .where(and(eq(notifications.userId, userId), isNull(notifications.readAt)))
        .returning({ id: notifications.notificationId, readAt: notifications.readAt });
      const readAt = rows[0]?.readAt;
      for (let start = 0; start < rows.length; start += maxNamed) {
        const notificationIds = rows.slice(start, start + maxNamed).map(({ id }) => id);
        publish(noticeTo(userId, 'notificationRead', 'read', { notificationIds, readAt }));
      }
      return { changed: rows.length };
    };
    return carryOut(this.#publisher, change, { principal, requestKey: undefined });
  }

  /** Throws `not_found`. */
  async delete(notificationId: string, principal: Principal, requestKey?: RequestKey) {
    const { userId } = principal;
    const change = async (tx: Drizzle, publish: Publish) => {
      const [deleted] = await tx
        .delete(notifications)
        .where(and(eq(notifications.notificationId, notificationId), eq(notifications.userId, userId)))
        .returning({ notificationId: notifications.notificationId });
      if (!deleted) throw new AppError('not_found', `There is no notification ${notificationId} of yours.`);
      publish(noticeTo(userId, 'notificationDeleted', 'deleted', deleted));
      return null;
    };
    const author = { principal, requestKey };
    const { data: _, ...where } = await carryOut(this.#publisher, change, author);
    return { success: true as const, ...where };
  }
}

const noticeTo = (userId: string, type: string, eventType: string, data: object): NewPublication => ({
  channel: noticesOf(userId),
  type,
  eventType,
  data,
});

const { userId: _, ...shown } = getTableColumns(notifications);

const order: readonly OrderColumn[] = [
  [notifications.createdAt, 'timestamptz'],
  [notifications.notificationId, 'uuid'],
];

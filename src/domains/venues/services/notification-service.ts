import { and, count, desc, eq, getTableColumns, isNull, sql } from 'drizzle-orm';
import type { Drizzle } from '../../../db/connection/open.ts';
import { isMuted } from '../../../db/mutes.ts';
import { behind, type OrderColumn, type PageQuery, pageOf } from '../../../db/paging.ts';
import type { Publish, Publisher } from '../../../db/publisher.ts';
import { insertInto, rowJson } from '../../../db/writing/row-statements.ts';
import { AppError } from '../../../errors.ts';
import { maxNamed } from '../../../protocol/schemas/notifications.ts';
import { snapshotAt, writtenAt } from '../../../protocol/schemas/written.ts';
import { personalChannel } from '../../../protocol/wire/channel-name.ts';
import type { Principal } from '../../../realtime/principal.ts';
import type { RequestKey } from '../../../realtime/publishing/idempotency.ts';
import type { NewPublication } from '../../../realtime/publishing/new-publication.ts';
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
    const channels = [personalChannel(notificationsChannel, userId)];
    const own = eq(owner, userId);
    const ownUnread = and(own, isNull(readAt));
    const { data, positions } = await this.#publisher.snapshot(channels, async (tx) => {
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
        channels: [
          sql`case when not changed.muted then ${personalChannel(notificationsChannel, userId)} end`,
        ],
      },
    );
    return { ...withoutData(receipt), channel: notificationsChannel };
  }

  /** Published the first time, so that the user's other devices know. Throws `not_found`. */
  markRead(notificationId: string, { userId }: Principal, requestKey?: RequestKey) {
    const one = and(eq(id, notificationId), eq(owner, userId));
    return this.#change(requestKey, async (tx, publish) => {
      const [read] = await tx
        .update(notifications)
        .set({ readAt: sql`clock_timestamp()` })
        .where(and(one, isNull(readAt)))
        .returning();
      if (read) {
        publish(noticeTo(userId, 'notificationRead', 'read', { id: read.id, readAt: read.readAt }));
        return read;
      }
      const [found] = await tx.select().from(notifications).where(one);
      return found ?? missing(notificationId);
    });
  }

  /** Published with the ids of what was unread. */
  markAllRead({ userId }: Principal) {
    return this.#change(undefined, async (tx, publish) => {
      const rows = await tx
        .update(notifications)
        .set({ readAt: sql`now()` })
        .where(and(eq(owner, userId), isNull(readAt)))
        .returning({ id, readAt });
      for (let start = 0; start < rows.length; start += maxNamed) {
        const ids = rows.slice(start, start + maxNamed).map((row) => row.id);
        publish(noticeTo(userId, 'notificationRead', 'read', { ids, readAt: rows[0]?.readAt }));
      }
      return { changed: rows.length };
    });
  }

  /** Throws `not_found`. */
  async delete(notificationId: string, { userId }: Principal, requestKey?: RequestKey) {
    const { data: _, ...answer } = await this.#change(requestKey, async (tx, publish) => {
      const [deleted] = await tx
        .delete(notifications)
        .where(and(eq(id, notificationId), eq(owner, userId)))
        .returning({ id });
      publish(noticeTo(userId, 'notificationDeleted', 'deleted', deleted ?? missing(notificationId)));
      return null;
    });
    return answer;
  }

  async #change<T>(
    requestKey: RequestKey | undefined,
    change: (tx: Drizzle, publish: Publish) => Promise<T>,
  ) {
    const published = await this.#publisher.transaction(change, { request: requestKey });
    return { success: true as const, data: published.result, ...writtenAt(published) };
  }
}

const withoutData = ({ data: _, ...receipt }: Written<unknown>): WriteReceipt => receipt;

const noticeTo = (userId: string, type: string, eventType: string, data: object): NewPublication => ({
  channel: personalChannel(notificationsChannel, userId),
  type,
  eventType,
  data,
});

const columns = getTableColumns(notifications);

const order: readonly OrderColumn[] = [
  [createdAt, 'timestamptz'],
  [id, 'text'],
];

function missing(notificationId: string): never {
  throw new AppError('not_found', `There is no notification ${notificationId} of yours.`);
}

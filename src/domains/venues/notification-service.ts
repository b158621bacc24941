import { and, desc, eq, sql } from 'drizzle-orm';
import type { PostgresEventLog } from '../../db/event-log.ts';
import type { Database } from '../../db/open.ts';
import { behind, type OrderColumn, type PageQuery, pageOf } from '../../db/paging.ts';
import { readSnapshot } from '../../db/snapshot.ts';
import { personalChannel } from '../../protocol/channel-name.ts';
import { formatPositions } from '../../protocol/position.ts';
import type { RequestKey } from '../../realtime/idempotency.ts';
import type { Principal } from '../../realtime/principal.ts';
import { notificationsChannel } from './channels.ts';
import type { NewNotification, Receipt } from './model.ts';
import { notifications } from './schema.ts';
import type { Writer } from './writer.ts';

/** What is addressed to one user. */
export class NotificationService {
  readonly #database: Database;
  readonly #log: PostgresEventLog;
  readonly #writer: Writer;

  constructor(database: Database, log: PostgresEventLog, writer: Writer) {
    this.#database = database;
    this.#log = log;
    this.#writer = writer;
  }

  /** A page of the caller's, the latest first. */
  async list({ cursor, limit }: PageQuery, { userId }: Principal) {
    const channels = [personalChannel(notificationsChannel, userId)];
    const { data, positions } = await readSnapshot(this.#database, this.#log, channels, (tx) =>
      tx
        .select({ row: notifications, at: sql<string>`to_json(${notifications.createdAt}) #>> '{}'` })
        .from(notifications)
        .where(and(eq(notifications.userId, userId), behind(order, 'descending', cursor)))
        .orderBy(desc(notifications.createdAt), desc(notifications.id))
        .limit(limit + 1),
    );
    // A time on the wire has milliseconds, that of a place all its digits.
    const page = pageOf(data, limit, ({ at, row }) => [at, row.id]);
    return { ...page, data: page.data.map(({ row }) => row), position: formatPositions(positions) };
  }

  /** Stored and published, so that a phone that was off finds it in both places or in neither. */
  async notify(
    userId: string,
    fields: NewNotification,
    by: Principal,
    requestKey?: RequestKey,
  ): Promise<Receipt> {
    const receipt = await this.#writer.write({ by, requestKey }, async (tx) => {
      const { type = 'general', data = {}, createdAt: _, ...rest } = fields;
      const values = { ...rest, type, data, userId };
      const [row] = await tx.insert(notifications).values(values).returning();
      if (!row) throw new Error('A notification was written and is not there.');
      const channels = [personalChannel(notificationsChannel, userId)];
      return { row, type: 'notification', eventType: 'created', channels };
    });
    const { data: _, ...rest } = receipt;
    return { ...rest, channel: notificationsChannel };
  }
}

const order: readonly OrderColumn[] = [
  [notifications.createdAt, 'timestamptz'],
  [notifications.id, 'text'],
];

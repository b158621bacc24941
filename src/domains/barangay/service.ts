import { getTableName, type SQL, sql } from 'drizzle-orm';
import type { PgTable } from 'drizzle-orm/pg-core';
import { sqlState } from '../../db/errors.ts';
import type { Database, Drizzle } from '../../db/open.ts';
import { publishInTransaction } from '../../db/transaction.ts';
import { AppError } from '../../errors.ts';
import { personalChannel } from '../../protocol/channel-name.ts';
import type { NewPublication, RealtimeManager, Receipt } from '../../realtime/manager.ts';
import type {
  BroadcastReceipt,
  CaseBroadcast,
  HearingBroadcast,
  NotificationBroadcast,
  PersonBroadcast,
} from './model.ts';
import { blotterReports, hearings, notifications, persons, users } from './schema.ts';

type Row = Record<string, unknown>;

/** Reads the row that changed and publishes it. The row as the database has it, camelCase, is the publication's data. */
export class BarangayService {
  readonly #database: Database;
  readonly #manager: RealtimeManager;

  constructor(database: Database, manager: RealtimeManager) {
    this.#database = database;
    this.#manager = manager;
  }

  async hearing({ hearingId, eventType }: HearingBroadcast): Promise<BroadcastReceipt> {
    const data = await this.#row(hearings, sql`id = ${hearingId}`, `hearing ${hearingId}`);
    return this.#publish([{ channel: 'hearings', type: 'hearing_update', eventType, data }]);
  }

  /** To the officials, and to whoever follows this one case. */
  async case({ caseId, eventType }: CaseBroadcast): Promise<BroadcastReceipt> {
    const data = await this.#row(blotterReports, sql`id = ${caseId}`, `case ${caseId}`);
    const publication = { type: 'case_update', eventType, data };
    return this.#publish([
      { channel: 'cases', ...publication },
      { channel: `case:${caseId}`, ...publication },
    ]);
  }

  /** The row, and under `record` what the caller says was added. */
  async person({ personId, eventType, data: record }: PersonBroadcast): Promise<BroadcastReceipt> {
    const row = await this.#row(persons, sql`person_code = ${personId}`, `person ${personId}`);
    const data = record ? { ...row, record } : row;
    return this.#publish([{ channel: 'persons', type: 'person_update', eventType, data }]);
  }

  /** Stored and published in one transaction, so that a phone that was off finds it in both places or in neither. */
  async notification({ userId: given, notification }: NotificationBroadcast): Promise<BroadcastReceipt> {
    const { publications } = await publishInTransaction(this.#database, async (tx, publish) => {
      const user = await findRow(tx, users, sql`id = ${given}`, `user ${given}`);
      // As the table writes it: where ids are integers, `007` finds user 7, who listens as 7.
      const userId = String(user['id']);
      if (notification.caseId) {
        await findRow(tx, blotterReports, sql`id = ${notification.caseId}`, `case ${notification.caseId}`);
      }
      const data = { ...(await insertNotification(tx, userId, notification)), userId };
      const channel = personalChannel('notifications', userId);
      publish(this.#manager.draft({ channel, type: 'notification', data }));
    });
    return asReceipt('notifications', this.#manager.announce(publications));
  }

  async #publish(publications: readonly NewPublication[]): Promise<BroadcastReceipt> {
    return asReceipt(publications[0]?.channel ?? '', await this.#manager.publishAll(publications));
  }

  #row(table: PgTable, where: SQL, what: string): Promise<Row> {
    return findRow(this.#database.db, table, where, what);
  }
}

/** Whether the case was filed by this user. */
export async function hasFiled(database: Database, userId: string, caseId: string): Promise<boolean> {
  // Compared as text: in some databases the column is an integer, and a user id on the wire is always a string.
  const rows = await database.db
    .select({ id: blotterReports.id })
    .from(blotterReports)
    .where(sql`${blotterReports.id} = ${Number(caseId)} and ${blotterReports.filedBy}::text = ${userId}`);
  return rows.length > 0;
}

/** Whatever columns the application's table has; throws `not_found`. */
async function findRow(db: Drizzle, table: PgTable, where: SQL, what: string): Promise<Row> {
  try {
    const [found] = await db
      .select({ row: sql<Row>`row_to_json(${table})` })
      .from(table)
      .where(where)
      .limit(1);
    if (found) return camelCase(found.row);
  } catch (error) {
    // An id that the column's type cannot hold, such as "user123" where ids are integers, names no row.
    if (!sqlState(error)?.startsWith('22')) throw error;
  }
  throw new AppError('not_found', `There is no ${what} in ${getTableName(table)}.`);
}

/** Names only the columns it fills: drizzle's insert names all of ours, and the application's table may lack some. */
async function insertNotification(
  tx: Drizzle,
  userId: string,
  { title, message, type, caseId }: NotificationBroadcast['notification'],
): Promise<Row> {
  const values = Object.entries({ user_id: userId, title, message, type, case_id: caseId }).filter(
    ([, value]) => value !== undefined,
  );
  const names = sql.join(
    values.map(([name]) => sql.identifier(name)),
    sql`, `,
  );
  const parameters = sql.join(
    values.map(([, value]) => sql`${value}`),
    sql`, `,
  );
  const { rows } = await tx.execute<{ row: Row }>(
    sql`insert into ${notifications} (${names}) values (${parameters}) returning row_to_json(${notifications}) as row`,
  );
  return camelCase(rows[0]?.row ?? {});
}

function camelCase(row: Row): Row {
  const entries = Object.entries(row).map(([column, value]) => [
    column.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase()),
    value,
  ]);
  return Object.fromEntries(entries);
}

function asReceipt(channel: string, receipts: readonly Receipt[]): BroadcastReceipt {
  const offset = receipts[0]?.publication.offset ?? 0;
  const delivered = receipts.reduce((sum, receipt) => sum + receipt.delivered, 0);
  return { success: true, channel, offset, delivered };
}

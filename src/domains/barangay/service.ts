import { type SQL, sql } from 'drizzle-orm';
import { sqlState } from '../../db/errors.ts';
import type { PostgresEventLog } from '../../db/event-log.ts';
import type { Database, Drizzle } from '../../db/open.ts';
import type { RowSource } from '../../db/row-source.ts';
import { type Published, publishInTransaction } from '../../db/transaction.ts';
import { wireRow } from '../../db/wire-row.ts';
import { AppError } from '../../errors.ts';
import { personalChannel } from '../../protocol/channel-name.ts';
import type { RequestKey } from '../../realtime/idempotency.ts';
import type { RealtimeManager } from '../../realtime/manager.ts';
import type { Principal } from '../../realtime/principal.ts';
import { publicationKey } from '../../realtime/publication-key.ts';
import { writtenAt } from '../../realtime/written.ts';
import type {
  BroadcastReceipt,
  CaseBroadcast,
  HearingBroadcast,
  NotificationBroadcast,
  PersonBroadcast,
} from './model.ts';
import { blotterReports, notifications, users } from './schema.ts';
import { casesTable, hearingsTable, notificationsTable, personsTable } from './triggers.ts';

type Row = Record<string, unknown>;

const hearingById: RowSource = { ...hearingsTable, column: 'id', type: 'integer' };
const caseById: RowSource = { ...casesTable, column: 'id', type: 'integer' };
const personByCode: RowSource = { ...personsTable, column: 'person_code', type: 'text' };

/** What is published of a row, and where to. */
interface RowPublication {
  readonly from: RowSource;
  readonly rowKey: string;
  /** The row in words, for whoever named one that is not there. */
  readonly what: string;
  readonly channels: readonly string[];
  readonly type: string;
  readonly eventType: string;
  /** Members beside the row's own. */
  readonly added?: Row;
  readonly key: string | undefined;
}

/**
 * Publishes the row that changed, as the database has it, in camelCase. `key` is the caller's idempotency key: with a
 * known one nothing is stored or published, and the answer is that of the first time.
 */
export class BarangayService {
  readonly #database: Database;
  readonly #log: PostgresEventLog;
  readonly #manager: RealtimeManager;

  constructor(database: Database, log: PostgresEventLog, manager: RealtimeManager) {
    this.#database = database;
    this.#log = log;
    this.#manager = manager;
  }

  hearing(
    { hearingId, eventType }: HearingBroadcast,
    by: Principal,
    request?: RequestKey,
  ): Promise<BroadcastReceipt> {
    return this.#publishRow({
      from: hearingById,
      rowKey: String(hearingId),
      what: `hearing ${hearingId}`,
      channels: ['hearings'],
      type: hearingsTable.type,
      eventType,
      key: request && publicationKey(request.key, by),
    });
  }

  /** To the officials, and to whoever follows this one case. */
  case({ caseId, eventType }: CaseBroadcast, by: Principal, request?: RequestKey): Promise<BroadcastReceipt> {
    return this.#publishRow({
      from: caseById,
      rowKey: String(caseId),
      what: `case ${caseId}`,
      channels: ['cases', `case:${caseId}`],
      type: casesTable.type,
      eventType,
      key: request && publicationKey(request.key, by),
    });
  }

  /** The row, and under `record` what the caller says was added. */
  person(
    { personId, eventType, data: record }: PersonBroadcast,
    by: Principal,
    request?: RequestKey,
  ): Promise<BroadcastReceipt> {
    return this.#publishRow({
      from: personByCode,
      rowKey: personId,
      what: `person ${personId}`,
      channels: ['persons'],
      type: personsTable.type,
      eventType,
      ...(record ? { added: { record } } : {}),
      key: request && publicationKey(request.key, by),
    });
  }

  /** Stored and published in one transaction, so that a phone that was off finds it in both places or in neither. */
  async notification(
    { userId: id, notification }: NotificationBroadcast,
    request?: RequestKey,
  ): Promise<BroadcastReceipt> {
    const given = String(id);
    const published = await publishInTransaction(
      this.#database,
      async (tx, publish) => {
        // As the table writes it: where ids are integers, `007` finds user 7, who listens as 7.
        const user = await findRow(
          tx,
          sql`select id::text from ${users} where id = ${given}`,
          `user ${given}`,
        );
        const userId = String(user['id']);
        const { caseId } = notification;
        if (caseId)
          await findRow(tx, sql`select from ${blotterReports} where id = ${caseId}`, `case ${caseId}`);
        const data = await insertNotification(tx, userId, notification, this.#log.timestampZone);
        const channel = personalChannel('notifications', userId);
        publish(this.#manager.draftChange({ channel, type: notificationsTable.type, data }));
      },
      request,
    );
    return this.#receipt('notifications', published);
  }

  /** One round trip: the row is read and appended by one statement. Throws `not_found`. */
  async #publishRow(publication: RowPublication): Promise<BroadcastReceipt> {
    const { from, rowKey, what, channels, type, eventType, added: data = {}, key } = publication;
    // Postgres has no text with this sign, so no row is named by one.
    if (rowKey.includes('\0')) throw notFound(what);
    const drafts = channels.map((channel) => ({
      ...this.#manager.draft({ channel, type, eventType, data, ...keyed(key) }),
      from,
      rowKey,
    }));
    const answers = await this.#log.appendFrom(drafts);
    const appended = answers.map((answer) => {
      if (answer === 'missing') throw notFound(what);
      return answer;
    });
    const repeated = appended.every((each) => each.repeated);
    return this.#receipt(channels[0] ?? '', { publications: appended, repeated });
  }

  #receipt(channel: string, published: Omit<Published<unknown>, 'result'>): BroadcastReceipt {
    const receipts = this.#manager.announce(published.publications);
    const offset = published.publications[0]?.offset ?? 0;
    const delivered = receipts.reduce((sum, receipt) => sum + receipt.delivered, 0);
    return { success: true, channel, offset, delivered, ...writtenAt(published) };
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

/** The first row of a statement that looks for one; throws `not_found`. */
async function findRow(tx: Drizzle, statement: SQL, what: string): Promise<Row> {
  try {
    const { rows } = await tx.execute<Row>(statement);
    if (rows[0]) return rows[0];
  } catch (error) {
    // An id that the column's type cannot hold, such as "user123" where ids are integers, names no row.
    if (!sqlState(error)?.startsWith('22')) throw error;
  }
  throw notFound(what);
}

const keyed = (idempotencyKey: string | undefined) =>
  idempotencyKey === undefined ? {} : { idempotencyKey };

const notFound = (what: string) => new AppError('not_found', `There is no ${what}.`);

/** Names only the columns it fills: drizzle's insert names all of ours, and the application's table may lack some. */
async function insertNotification(
  tx: Drizzle,
  userId: string,
  { title, message, type, caseId }: NotificationBroadcast['notification'],
  zone: string,
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
    sql`insert into ${notifications} (${names}) values (${parameters}) returning ${wireRow(notifications, { zone, ...notificationsTable })} as row`,
  );
  return rows[0]?.row ?? {};
}

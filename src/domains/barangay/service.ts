import { sql } from 'drizzle-orm';
import type { Database } from '../../db/connection/open.ts';
import type { PostgresEventLog } from '../../db/log/event-log.ts';
import type { RowSource } from '../../db/triggers/row-source.ts';
import { AppError } from '../../errors.ts';
import type { RealtimeManager } from '../../realtime/manager.ts';
import type { Principal } from '../../realtime/principal.ts';
import type { RequestKey } from '../../realtime/publishing/idempotency.ts';
import { publicationKey } from '../../realtime/publishing/publication-key.ts';
import type { BroadcastReceipt, CaseBroadcast, HearingBroadcast, PersonBroadcast } from './model.ts';
import { announceAll } from './receipt.ts';
import { blotterReports } from './schema.ts';
import { casesTable, hearingsTable, personsTable } from './triggers.ts';

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
  readonly #log: PostgresEventLog;
  readonly #manager: RealtimeManager;

  constructor(log: PostgresEventLog, manager: RealtimeManager) {
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
    return announceAll(this.#manager, channels[0] ?? '', { publications: appended, repeated });
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

const keyed = (idempotencyKey: string | undefined) =>
  idempotencyKey === undefined ? {} : { idempotencyKey };

const notFound = (what: string) => new AppError('not_found', `There is no ${what}.`);

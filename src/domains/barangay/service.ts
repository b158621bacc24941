import { sql } from 'drizzle-orm';
import type { Database, Drizzle } from '../../db/connection/open.ts';
import type { Publisher } from '../../db/publisher.ts';
import type { RowSource } from '../../db/triggers/row-source.ts';
import { AppError } from '../../errors.ts';
import { maxNameLength } from '../../protocol/name.ts';
import { personalChannel } from '../../protocol/wire/channel-name.ts';
import type { Principal } from '../../realtime/principal.ts';
import type { RequestKey } from '../../realtime/publishing/idempotency.ts';
import { publicationKey } from '../../realtime/publishing/publication-key.ts';
import type { BroadcastReceipt, CaseBroadcast, HearingBroadcast, PersonBroadcast } from './model.ts';
import { receiptOf } from './receipt.ts';
import { blotterReports } from './schema.ts';
import { casesTable, hearingsTable, ownCases, personsTable } from './triggers.ts';

type Row = Record<string, unknown>;

const hearingById: RowSource = { ...hearingsTable, column: 'id', type: 'integer' };
const caseById: RowSource = { ...casesTable, column: 'id', type: 'integer' };
const personByCode: RowSource = { ...personsTable, column: 'person_code', type: 'text' };

/** A row, the channels it is published on, and the type under which it is. */
interface RowPublication {
  readonly from: RowSource;
  readonly rowKey: string;
  /** The row in words, for a caller that named one that is not there. */
  readonly what: string;
  readonly channels: readonly string[];
  readonly type: string;
  readonly eventType: string;
  /** Members beside the row's own. */
  readonly added?: Row;
  readonly key: string | undefined;
  /** Maps a channel to its name for the caller, or to undefined for one that they do not read. */
  readonly wireNameOf?: (channel: string) => string | undefined;
}

/**
 * Publishes the row that changed, as the database has it, in camelCase. `key` is the caller's idempotency key: with a
 * known one nothing is stored or published, and the answer is that of the first time.
 */
export class BarangayService {
  readonly #publisher: Publisher;

  constructor(publisher: Publisher) {
    this.#publisher = publisher;
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

  /** To the officials, to the followers of this one case, and to the person who filed it. */
  async case(
    { caseId, eventType }: CaseBroadcast,
    by: Principal,
    request?: RequestKey,
  ): Promise<BroadcastReceipt> {
    const filer = await filerOf(this.#publisher.db, caseId);
    const ofFiler = filer === undefined ? [] : [personalChannel(ownCases, filer)];
    return this.#publishRow({
      from: caseById,
      rowKey: String(caseId),
      what: `case ${caseId}`,
      channels: ['cases', `case:${caseId}`, ...ofFiler],
      type: casesTable.type,
      eventType,
      key: request && publicationKey(request.key, by),
      wireNameOf: (channel) =>
        !ofFiler.includes(channel) ? channel : filer === by.userId ? ownCases : undefined,
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

  /** Throws `not_found`. */
  async #publishRow(publication: RowPublication): Promise<BroadcastReceipt> {
    const { what, channels, key, wireNameOf, ...row } = publication;
    // Postgres has no text with this sign, so no row is named by one.
    if (row.rowKey.includes('\0')) throw notFound(what);
    const published = await this.#publisher.rows(
      channels.map((channel) => ({ channel, ...row, ...keyed(key) })),
    );
    if (published === 'missing') throw notFound(what);
    return receiptOf(channels[0] ?? '', published, wireNameOf);
  }
}

/** The user who filed a case; undefined where the row names none, or the table has no such column. */
async function filerOf(db: Drizzle, caseId: number): Promise<string | undefined> {
  const { rows } = await db.execute<{ filer: string | null }>(sql`
    select found.filed_by::text as filer from (select null::text as filed_by) lacking
    cross join lateral (select filed_by from ${blotterReports} where id = ${caseId}::${sql.raw(caseById.type)}) found`);
  const filer = rows[0]?.filer ?? '';
  return filer !== '' && filer.length <= maxNameLength ? filer : undefined;
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

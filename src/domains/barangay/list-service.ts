import { type SQL, type SQLWrapper, sql } from 'drizzle-orm';
import type { PgColumn, PgTable } from 'drizzle-orm/pg-core';
import type { Drizzle } from '../../db/connection/open.ts';
import { behind, type OrderColumn, type PageQuery, pageOf } from '../../db/paging.ts';
import type { Publisher } from '../../db/publisher.ts';
import type { PublishedTable } from '../../db/triggers/published-table.ts';
import { wireRow } from '../../db/triggers/wire-row.ts';
import { AppError } from '../../errors.ts';
import { snapshotAt } from '../../protocol/schemas/written.ts';
import { personalChannel } from '../../protocol/wire/channel-name.ts';
import { blotterReports, hearings, personHistory, persons } from './schema.ts';
import { casesTable, hearingsTable, ownCases, personHistoryTable, personsTable } from './triggers.ts';

/** A table of which a phone keeps a copy, and the channel that keeps the copy up to date. */
interface ListedTable {
  readonly table: PgTable & { readonly id: PgColumn };
  readonly published: PublishedTable;
  readonly channel: string;
}

export const listedTables = {
  hearings: { table: hearings, published: hearingsTable, channel: 'hearings' },
  cases: { table: blotterReports, published: casesTable, channel: 'cases' },
  persons: { table: persons, published: personsTable, channel: 'persons' },
  personHistory: { table: personHistory, published: personHistoryTable, channel: 'persons' },
} as const satisfies Record<string, ListedTable>;

interface Listed extends Record<string, unknown> {
  readonly wire: Record<string, unknown>;
  readonly number: string;
  readonly name: string;
}

/** Pages of the rows that officials read, each with the position of its channel from the same snapshot. */
export class ListService {
  readonly #publisher: Publisher;

  constructor(publisher: Publisher) {
    this.#publisher = publisher;
  }

  /** The largest ids first, so that a screen is full before the copy is. */
  async list(listed: ListedTable, query: PageQuery) {
    const read = (tx: Drizzle) => this.#rows(tx, listed, query);
    const { data, positions } = await this.#publisher.snapshot([listed.channel], read);
    return { ...pageOfRows(data, query), ...snapshotAt(positions) };
  }

  /** The cases that this user filed, in the same order, with the position of their channel. */
  async ownCases(userId: string, query: PageQuery) {
    const read = (tx: Drizzle) => this.#rows(tx, listedTables.cases, query, filedBy(userId));
    const { data, positions } = await this.#publisher.snapshot([personalChannel(ownCases, userId)], read);
    return { ...pageOfRows(data, query), ...snapshotAt(positions) };
  }

  /** One case, for an official or the person who filed it, with the position of its channel. Throws `not_found`. */
  async case(id: number, userId: string, seesAll: boolean) {
    const isMeant = sql`${blotterReports.id} = ${id} and ${seesAll ? sql`true` : filedBy(userId)}`;
    const read = (tx: Drizzle) => this.#rows(tx, listedTables.cases, { limit: 1 }, isMeant);
    const { data, positions } = await this.#publisher.snapshot([`case:${id}`], read);
    const [found] = data;
    if (!found) throw new AppError('not_found', `There is no case ${id}.`);
    return { data: found.wire, ...snapshotAt(positions) };
  }

  async #rows(
    db: Drizzle,
    { table, published }: ListedTable,
    { cursor, limit }: PageQuery,
    isMeant: SQL = sql`true`,
  ): Promise<readonly Listed[]> {
    const shape = { ...published, zone: this.#publisher.timestampZone };
    const { rows } = await db.execute<Listed>(sql`
      select wire, number::text, name
      from (
        select ${wireRow(table, shape)} as wire, ${idAsNumber(table.id)} as number, ${table.id}::text as name
        from ${table} where ${isMeant}
      ) found
      where ${behind(idOrder, 'descending', cursor) ?? sql`true`}
      order by found.number desc, found.name desc limit ${limit + 1}`);
    return rows;
  }
}

// Compared as text: in some databases the column is an integer, and a user id on the wire is always a string.
const filedBy = (userId: string) => sql`${blotterReports.filedBy}::text = ${userId}`;

function pageOfRows(rows: readonly Listed[], { limit }: PageQuery) {
  const page = pageOf(rows, limit, ({ number, name }) => [number, name]);
  return { ...page, data: page.data.map(({ wire }) => wire) };
}

/** Ids may be integers or texts: texts count as 0, and are ordered by {@link idOrder} alone. */
export function idAsNumber(id: SQLWrapper): SQL {
  return sql`case when pg_typeof(${id}) = any('{smallint,integer,bigint}'::regtype[]) then ${id}::text::bigint else 0 end`;
}

/** The order by id, for a statement whose columns `number` and `name` are {@link idAsNumber} and the id as text. */
export const idOrder: readonly OrderColumn[] = [
  [sql`number`, 'bigint'],
  [sql`name`, 'text'],
];

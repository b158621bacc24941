import { type SQL, type SQLWrapper, sql } from 'drizzle-orm';
import type { PgColumn, PgTable } from 'drizzle-orm/pg-core';
import type { Drizzle } from '../../db/connection/open.ts';
import { behind, type OrderColumn, type PageQuery, pageOf } from '../../db/paging.ts';
import type { Publisher } from '../../db/publisher.ts';
import type { PublishedTable } from '../../db/triggers/published-table.ts';
import { wireRow } from '../../db/triggers/wire-row.ts';
import { snapshotAt } from '../../protocol/schemas/written.ts';
import { blotterReports, hearings, personHistory, persons } from './schema.ts';
import { casesTable, hearingsTable, personHistoryTable, personsTable } from './triggers.ts';

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
  async list({ table, published, channel }: ListedTable, { cursor, limit }: PageQuery) {
    const shape = { ...published, zone: this.#publisher.timestampZone };
    const read = (tx: Drizzle) =>
      tx.execute<Listed>(sql`
        select wire, number::text, name
        from (
          select ${wireRow(table, shape)} as wire, ${idAsNumber(table.id)} as number, ${table.id}::text as name
          from ${table}
        ) found
        where ${behind(idOrder, 'descending', cursor) ?? sql`true`}
        order by found.number desc, found.name desc limit ${limit + 1}`);
    const { data, positions } = await this.#publisher.snapshot([channel], read);
    const page = pageOf(data.rows, limit, ({ number, name }) => [number, name]);
    return { ...page, data: page.data.map(({ wire }) => wire), ...snapshotAt(positions) };
  }
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

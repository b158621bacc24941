import { type SQL, sql } from 'drizzle-orm';
import { PgDialect } from 'drizzle-orm/pg-core';
import type { Exclusion } from '../../protocol/wire/publication.ts';
import type { Appended } from '../../realtime/ports/event-log.ts';
import { keyConflict, type RequestKey } from '../../realtime/publishing/idempotency.ts';
import { bumpHeads, isoTime, keyLifetime } from '../append-statements.ts';
import { QueryError } from '../connection/errors.ts';
import { type Database, retryConflicts } from '../connection/open.ts';
import { once } from '../log/once.ts';
import type { Committed } from '../log/transaction.ts';

/** A publication of the row that a statement changed. Its expressions name columns of `changed`. */
export interface WrittenPublication {
  /**
   * The rows of which each is a publication, in the order of their column `place`, at most a million: `part` to the other
   * expressions. One publication when left out.
   */
  readonly each?: SQL;
  /** The name in the log. The expression is null where nothing is published. */
  readonly channel: string | SQL;
  readonly type: string;
  readonly eventType?: string | SQL;
  /** A JSON object; the `result` of the statement when left out. */
  readonly data?: SQL;
  readonly sourceUserId?: string;
  readonly exclude?: Exclusion;
}

/** The parts of one statement that changes a row and publishes it. */
export interface WriteStatement {
  /** Common table expressions that `change` names. What they write stays when `change` finds no row. */
  readonly before?: Readonly<Record<string, SQL>>;
  /**
   * An insert, update or delete of at most one row, with the table `request` among what it reads, and `returning` what the
   * other parts name. It finds no row where it is not allowed to.
   */
  readonly change: SQL;
  /** Further changes, made of the row `changed`; each returns something. */
  readonly after?: Readonly<Record<string, SQL>>;
  /** A JSON object, made of the row `changed`. */
  readonly result: SQL;
  /** In this order, each with a channel of its own. */
  readonly publications: readonly WrittenPublication[];
}

interface WriteOptions {
  readonly createId: () => string;
  /** The limit of a publication's data; larger data is cut. */
  readonly maxBytes: number;
  readonly request?: RequestKey | undefined;
}

interface Row {
  /** Null where the statement changed no row. */
  readonly result: unknown;
  readonly id: string | null;
  readonly channel: string;
  readonly type: string;
  readonly event_type: string | null;
  readonly data: string;
  readonly exclude: Exclusion | null;
  readonly epoch: string;
  readonly offset: string;
  readonly timestamp: string;
  readonly content_hash?: string | null;
  readonly answer?: string | null;
}

const dialect = new PgDialect();

/**
 * R5: one statement, and so one round trip and one transaction: it changes the row, locks the heads of the channels after
 * everything else, in the order of all appends, and appends publications whose data is made of the changed row. Undefined
 * where it found no row to change: nothing is written or published then. `Publisher` is the caller, and delivers.
 *
 * Triggers of `bun run db:triggers` publish nothing of it. With a `request` key, the answer is stored in the same
 * statement; a known key changes nothing and returns the first answer. Of two requests of one key at the same moment the
 * later one fails at the key, as a serialization failure, and runs again. Where the first one leaves it no row to change,
 * or a row that may not be there twice, it returns the first answer.
 */
export async function writeInOne<T>(
  database: Database,
  statement: WriteStatement,
  options: WriteOptions,
): Promise<Committed<T> | undefined> {
  const { request } = options;
  if (!request) return attempt<T>(database, statement, options);
  try {
    return (await attempt<T>(database, statement, options)) ?? (await firstAnswer<T>(database, request));
  } catch (error) {
    // Such as by a unique index, which has the row of another request of the key.
    const isRefused = error instanceof QueryError;
    const first = isRefused ? await firstAnswer<T>(database, request) : undefined;
    if (first) return first;
    throw error;
  }
}

async function attempt<T>(
  database: Database,
  statement: WriteStatement,
  options: WriteOptions,
): Promise<Committed<T> | undefined> {
  const { request } = options;
  const { sql: text, params } = dialect.sqlToQuery(compose(statement, options));
  const rows = await retryConflicts(() => database.query<Row>(text, params, 'prepared'));
  const [first] = rows;
  if (!first) throw new Error('A write returned no row.');
  if (request && first.answer) {
    if (first.content_hash !== request.hash) throw keyConflict();
    return repeated(JSON.parse(first.answer) as Answer<T>);
  }
  if (first.result === null) return undefined;
  const publications = rows.flatMap((row) => (row.id === null ? [] : [appendedOf(row, row.id)]));
  return { result: first.result as T, publications, repeated: false };
}

/** The form in which the answer to a request is kept; see `keptAnswer`. */
interface Answer<T> {
  readonly result: T;
  readonly places: readonly Appended[];
}

const repeated = <T>({ result, places }: Answer<T>): Committed<T> => ({
  result,
  publications: places,
  repeated: true,
});

/**
 * The answer of another request of the key, whose end it waits for; undefined where there was none. A statement that
 * waited for the row of that other request does not see its key, which was taken after the statement had begun.
 */
async function firstAnswer<T>(database: Database, request: RequestKey): Promise<Committed<T> | undefined> {
  const isFree = new Error('No request has taken the key.');
  try {
    return await database.transaction(async (_tx, query) => {
      const { result } = await once<Answer<T>>(query, request, () => Promise.reject(isFree));
      return repeated(result);
    });
  } catch (error) {
    if (error === isFree) return undefined;
    throw error;
  }
}

function appendedOf({ channel, type, data, epoch, timestamp, ...row }: Row, id: string): Appended {
  const { event_type: eventType, exclude } = row;
  const optional = { ...(eventType !== null && { eventType }), ...(exclude && { exclude }) };
  return { id, channel, epoch, offset: Number(row.offset), type, ...optional, data, timestamp };
}

/** The end of every write, as text: composing a statement of many parts costs as much as sending it. */
const appended = sql.raw(`head as (${bumpHeads('draft')}), placed as (
    select d.*, head.epoch, head.updated_at,
      head.last_offset - count(*) over channel + row_number() over (channel order by d.ordinal) as "offset"
    from draft d join head on head.name = d.channel
    window channel as (partition by d.channel)
  ), log as (
    insert into public.realtime_publications
      (channel, "offset", id, type, event_type, data, created_at, source_user_id, exclude)
    select channel, "offset", id, type, event_type, data, updated_at, source_user_id, exclude from placed
  )`);
const resultRows = (more = '') =>
  sql.raw(`${more}answered.result, placed.id, placed.channel, placed.type, placed.event_type, placed.data::text as data,
    placed.exclude, placed.epoch, placed."offset", ${isoTime('placed.updated_at')} as timestamp
  from (select) one ${more && 'left join known on true'}
  left join answered on true left join placed on true order by placed.ordinal`);
const [plainRows, keyedRows] = [resultRows(), resultRows('known.content_hash, known.answer, ')];
const nothing = sql.raw('');

function compose(statement: WriteStatement, { createId, maxBytes, request }: WriteOptions): SQL {
  const { before = {}, change, after = {}, result, publications } = statement;
  // The heads are locked after all other rows (R2), so the drafts wait for what changes those.
  const isDone = Object.keys(after).map((name) => ` and (select count(*) from "${name}") >= 0`);
  const drafts = publications.map(
    ({ each, channel, type, eventType, data, sourceUserId, exclude }, index) => sql`
      select ${sql.raw(`${(index + 1) * 1_000_000}${each ? ' + part.place' : ''}`)}, (${channel})::text,
        ${each ? sql`gen_random_uuid()::text` : sql`${createId()}::text`}, ${type}::text, (${eventType ?? null})::text,
        ${data ?? sql`answered.result`}, ${sourceUserId ?? null}::text, ${exclude ?? null}::text
      ${each ? sql`from (${each}) part` : nothing}`,
  );
  return sql`with ${request ? knownAnswer(request) : nothing}request as (
    select set_config('tambuli.publishing', 'off', true) as triggers ${request ? sql`where not exists (select from known)` : nothing}
  ), ${listed(before)}changed as (${change}
  ), answered as (select ${result} as result from changed
  ), ${listed(after)}draft as (
    select d.ordinal, d.channel, d.id, d.type, d.event_type, d.source_user_id, d.exclude,
      case when octet_length(d.data::text) <= ${maxBytes} then d.data else public.realtime_fitting(d.data, ${maxBytes}) end as data
    from changed cross join answered cross join lateral (${sql.join(drafts, sql` union all `)}
      ) as d(ordinal, channel, id, type, event_type, data, source_user_id, exclude)
    where d.channel is not null${sql.raw(isDone.join(''))}
  ), ${appended}${request ? sql`, kept as (${keptAnswer(request)})` : nothing}
  select ${request ? keyedRows : plainRows}`;
}

/** Common table expressions before others. */
const listed = (parts: Readonly<Record<string, SQL>>) =>
  sql.join(Object.entries(parts).map(([name, part]) => sql`${sql.identifier(name)} as (${part}), `));

const knownAnswer = ({ scope, key }: RequestKey) => sql`known as (
    select content_hash, answer::text from public.realtime_idempotency_keys
    where channel = ${scope} and key = ${key} and created_at > now() - ${sql.raw(keyLifetime)}
  ), `;

/** The form of the answer is that of `once`, without the data of its publications. */
const keptAnswer = ({ scope, key, hash }: RequestKey) => sql`
  insert into public.realtime_idempotency_keys as k (channel, key, content_hash, answer, created_at)
  select ${scope}, ${key}, ${hash}, json_build_object('result', answered.result, 'places', coalesce((
      select json_agg(json_strip_nulls(json_build_object('id', id, 'channel', channel, 'epoch', epoch, 'offset', "offset",
        'type', type, 'eventType', event_type, 'data', 'null', 'exclude', exclude,
        'timestamp', ${sql.raw(isoTime('updated_at'))}, 'repeated', true)) order by ordinal) from placed), '[]')),
    clock_timestamp()
  from answered
  on conflict (channel, key) do update set
    content_hash = excluded.content_hash, answer = excluded.answer,
    created_at = case when k.created_at > now() - ${sql.raw(keyLifetime)} then public.realtime_key_taken()
      else excluded.created_at end`;

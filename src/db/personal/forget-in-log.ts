import { personalChannel } from '../../protocol/wire/channel-name.ts';
import { callerName } from '../../realtime/principal.ts';
import type { Query } from '../connection/open.ts';
import { jsonToken } from './place-statements.ts';

export interface LogForgetting {
  readonly userId: string;
  /** The namespaces in which each user has a channel of their own. */
  readonly personalNamespaces: readonly string[];
  /** See `PersonalData.records`. */
  readonly records: readonly string[];
}

/** Rows that one statement looks at, or removes. */
const rowsAtOnce = 2_000;

/** A statement on the channels `$1`. */
interface OwnStatement {
  readonly text: string;
  /** It names the person as a caller too, as `$2`. */
  readonly byCaller?: true;
  /** It removes {@link rowsAtOnce} at most, and is repeated until it finds fewer. */
  readonly inParts?: true;
}

/** The person's own channels go with their heads: one that is used again begins a new life. */
const ownStatements: Readonly<Record<string, OwnStatement>> = {
  'public.realtime_publications': {
    text: `delete from public.realtime_publications where (channel, "offset") in (
      select channel, "offset" from public.realtime_publications where channel = any($1) limit ${rowsAtOnce}) returning 1`,
    inParts: true,
  },
  'public.realtime_outbox': {
    text: 'delete from public.realtime_outbox where channel = any($1) returning 1',
  },
  'public.realtime_dead_letters': {
    text: 'delete from public.realtime_dead_letters where channel = any($1) returning 1',
  },
  'public.realtime_idempotency_keys': {
    text: `delete from public.realtime_idempotency_keys
      where channel = any($1) or right(channel, length($2) + 1) = ' ' || $2 returning 1`,
    byCaller: true,
  },
  'public.realtime_positions': {
    text: 'delete from public.realtime_positions where channel = any($1) returning 1',
  },
  'public.realtime_channel_openings': {
    text: 'delete from public.realtime_channel_openings where name = any($1) returning 1',
  },
  'public.realtime_channels': {
    text: 'delete from public.realtime_channels where name = any($1) returning 1',
  },
};

/** Tables whose JSON may name the person, and which are short, or have no order that a reader knows. */
const namedIn = {
  'public.realtime_outbox': 'data',
  'public.realtime_dead_letters': 'data',
  'public.realtime_idempotency_keys': 'answer',
} as const;

/**
 * A page of the log, in its order. A publication of the person loses its content and is kept from every reader, so that
 * offsets have no gap (R2); the exclusion is of all who began before the end of offsets. Commands of the engine, in channels
 * with an underline, are not counted: the end of the person's sessions is one.
 */
const pageStatement = `
with page as materialized (
  select channel, "offset" from public.realtime_publications
  where (channel, "offset") > ($1, $2) order by channel, "offset" limit ${rowsAtOnce}
), named as materialized (
  select p.channel, p."offset", p.source_user_id is not distinct from $3 and p.type <> all($5::text[]) as is_own
  from page join public.realtime_publications p using (channel, "offset")
  where p.source_user_id = $3 or p.exclude = 'user:' || $3 or strpos(p.data::text, $4) > 0
), changed as (
  update public.realtime_publications p set
    data = case when is_own then '{}'::json else replace(p.data::text, $4, '""')::json end,
    source_user_id = nullif(p.source_user_id, $3),
    exclude = case when is_own then (select 'since:' || c.epoch || ':${Number.MAX_SAFE_INTEGER}'
        from public.realtime_channels c where c.name = p.channel)
      else nullif(p.exclude, 'user:' || $3) end
  from named where p.channel = named.channel and p."offset" = named."offset"
  returning p.channel
)
select (select count(*) from page)::integer as looked,
  (select count(*) from changed where left(channel, 1) <> '_')::integer as changed,
  (select channel from page order by channel desc, "offset" desc limit 1) as channel,
  (select "offset" from page order by channel desc, "offset" desc limit 1)::text as "offset"`;

interface LookedAt {
  readonly looked: number;
  readonly changed: number;
  readonly channel: string | null;
  readonly offset: string | null;
}

/** Forgets a person in the log and in what stands before it. Returns the rows that were changed, by table. */
export async function forgetInLog(
  query: Query,
  { userId, personalNamespaces, records }: LogForgetting,
): Promise<Map<string, number>> {
  const changed = new Map<string, number>();
  const count = (table: string, rows: number) => changed.set(table, (changed.get(table) ?? 0) + rows);
  const own = personalNamespaces.map((namespace) => personalChannel(namespace, userId));
  const caller = callerName({ userId, role: '', tenants: [] });
  for (const [table, { text, byCaller, inParts }] of Object.entries(ownStatements)) {
    let removed: number;
    do {
      removed = (await query(text, byCaller ? [own, caller] : [own])).length;
      count(table, removed);
    } while (inParts && removed === rowsAtOnce);
  }
  const token = jsonToken(userId);
  for (const [table, column] of Object.entries(namedIn)) {
    const rows = await query(
      `update ${table} set ${column} = replace(${column}::text, $1, '""')::json
       where strpos(${column}::text, $1) > 0 returning 1`,
      [token],
    );
    count(table, rows.length);
  }
  for (let after: Place | undefined = start; after !== undefined; ) {
    const [page] = await query<LookedAt>(pageStatement, [...after, userId, token, records]);
    count('public.realtime_publications', page?.changed ?? 0);
    after = placeBehind(page);
  }
  return changed;
}

type Place = readonly [channel: string, offset: string];
const start: Place = ['', '0'];

function placeBehind(page: LookedAt | undefined): Place | undefined {
  if (!page || page.looked < rowsAtOnce || page.channel === null || page.offset === null) return undefined;
  return [page.channel, page.offset];
}

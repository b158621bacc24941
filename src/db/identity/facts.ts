import type { Query } from '../connection/connection.ts';
import { sqlState } from '../connection/errors.ts';

/**
 * Facts that tell one database from another, or from an earlier state of itself; a fact that cannot be read is left
 * out.
 */
export type Facts = Readonly<Record<string, string>>;

/** In SQL. Each of them can be refused: by missing rights, on a standby, by a system that is not quite Postgres. */
const expressions: Readonly<Record<string, string>> = {
  /** The identifier of the cluster, made by initdb. */
  system: '(select system_identifier::text from pg_control_system())',
  /** Grows when a standby is promoted and when an archive is recovered to a point in time. */
  timeline: 'left(pg_walfile_name(pg_current_wal_lsn()), 8)',
  /** Neon's branches share the identifier of the cluster. */
  branch: `current_setting('neon.timeline_id', true)`,
  database: '(select oid::text from pg_database where datname = current_database())',
  /** A dump that is restored makes the table anew. */
  table: `'public.realtime_channels'::regclass::oid::text`,
  /** Bytes of the write-ahead log; not part of the identity, but it never runs backwards. */
  wal: `(pg_current_wal_lsn() - '0/0'::pg_lsn)::text`,
};

const objectOf = (names: readonly string[]) =>
  `jsonb_strip_nulls(jsonb_build_object(${names.map((name) => `'${name}', ${expressions[name]}`).join(', ')}))`;

/** No right, no such function, not offered, not now. */
const refused = /^(42501|42883|0A000|55000|22023|42704)$/;

/** The facts as they are now, read on one connection. */
export async function readFacts(query: Query): Promise<Facts> {
  const names = Object.keys(expressions);
  try {
    return await read(query, names);
  } catch (error) {
    if (!refused.test(sqlState(error) ?? '')) throw error;
  }
  let facts: Facts = {};
  for (const name of names) {
    try {
      facts = { ...facts, ...(await read(query, [name])) };
    } catch (error) {
      if (!refused.test(sqlState(error) ?? '')) throw error;
    }
  }
  return facts;
}

async function read(query: Query, names: readonly string[]): Promise<Facts> {
  const [row] = await query<{ facts: Facts }>(`select ${objectOf(names)} as facts`);
  return row?.facts ?? {};
}

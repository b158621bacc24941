import { type SQL, sql } from 'drizzle-orm';
import { inScope, within } from './analytics-service.ts';
import { csvLine, type Field } from './csv.ts';
import { type Fact, type FactKind, facts } from './facts.ts';
import type { AnalyticsDeps, Scope } from './scope.ts';

/** The columns that a row is of, beside its hour. */
const keysOf = ({ dimensions }: Fact) => ['tenant_id', 'role', ...dimensions];

/** The names of columns in the file, where they differ. */
const shownAs: Readonly<Record<string, string>> = { tenant_id: 'school', event_type: 'type' };

const rowsAtOnce = 2_000;

/**
 * The lines of a file, read by day and in pages, each with the rights that the caller has then: memory does not grow
 * with the file. Throws as `readAnalytics`.
 */
export async function* exportLines(
  deps: AnalyticsDeps,
  scope: Scope,
  kind: FactKind,
): AsyncGenerator<string> {
  const keys = keysOf(facts[kind]);
  yield csvLine(['hour', ...keys.map((key) => shownAs[key] ?? key), ...facts[kind].measures]);
  for (const day of await readDays(deps, scope)) {
    let after: readonly string[] | undefined;
    do {
      const rows = await readPage(deps, { ...scope, ...day }, kind, after);
      yield rows.map((row) => csvLine([...row.keys, ...row.sums])).join('');
      after = rows.length === rowsAtOnce ? rows.at(-1)?.keys : undefined;
    } while (after);
  }
}

type Day = Pick<Scope, 'from' | 'to'>;

/** Parts of the period, a day at most. They meet at whole hours of the deployment's zone: no hour is in two of them. */
function readDays(deps: AnalyticsDeps, scope: Scope): Promise<readonly Day[]> {
  const [from, to] = [sql`${scope.from}::timestamptz`, sql`${scope.to}::timestamptz`];
  const text = (instant: SQL) => sql`to_char(${instant} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;
  return inScope(deps, scope, async (tx) => {
    const { rows } = await tx.execute<{ from: string; to: string }>(sql`
      select ${text(sql`greatest(at, ${from})`)} as from, ${text(sql`least(at + interval '1 day', ${to})`)} as to
      from generate_series(date_trunc('hour', ${from}), ${to}, interval '1 day') at where at < ${to} order by at`);
    return rows;
  });
}

interface PageRow {
  readonly keys: readonly string[];
  readonly sums: readonly Field[];
}

/** In the order of the keys, behind those of the page before. */
function readPage(
  deps: AnalyticsDeps,
  scope: Scope,
  kind: FactKind,
  after: readonly string[] | undefined,
): Promise<readonly PageRow[]> {
  const { view, measures } = facts[kind];
  const hour = `to_char(date_trunc('hour', at), 'YYYY-MM-DD"T"HH24:MI:SSTZH:TZM')`;
  const all = [hour, ...keysOf(facts[kind]).map((key) => `coalesce(${key}, '')`)].map(
    (key) => `${key} collate "C"`,
  );
  const sums = measures.map((measure) => `sum(${measure})::float8`);
  return inScope(deps, scope, async (tx) => {
    const { rows } = await tx.execute<{ keys: string[]; sums: number[] }>(sql`
      select keys, sums from (
        select array[${sql.raw(all.join(', '))}] as keys, array[${sql.raw(sums.join(', '))}] as sums
        from ${sql.raw(view)} where ${within(scope)} group by 1
      ) grouped
      where ${after === undefined} or keys > ${sql.param(after ?? [])}::text[]
      order by keys limit ${rowsAtOnce}`);
    return rows;
  });
}

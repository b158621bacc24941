import { sql } from 'drizzle-orm';
import type { ExportKind } from './analytics-model.ts';
import { inScope, within } from './analytics-service.ts';
import { csvLine, type Field } from './csv.ts';
import type { AnalyticsDeps, Scope } from './scope.ts';

interface Export {
  /** A view of drizzle/school. */
  readonly view: string;
  /** The columns that a row is of, beside its hour. */
  readonly keys: readonly string[];
  /** Summed. */
  readonly measures: readonly string[];
}

/** Each is a row for an hour and the rest of its keys. */
const exports: Readonly<Record<ExportKind, Export>> = {
  deliveries: {
    view: 'school.delivery_facts',
    keys: ['tenant_id', 'role', 'event_type', 'method'],
    measures: [
      ...['recipients', 'sent', 'delivered', 'read', 'acknowledged', 'failed', 'expired', 'escalated'],
      'seconds_to_read',
    ],
  },
  sessions: {
    view: 'school.session_facts',
    keys: ['tenant_id', 'role', 'method', 'detail'],
    measures: ['sessions', 'ended', 'seconds'],
  },
  activity: {
    view: 'school.activity_facts',
    keys: ['tenant_id', 'role', 'detail'],
    measures: ['views', 'clicks', 'interactions', 'seconds'],
  },
};

/** The names of columns in the file, where they differ. */
const shownAs: Readonly<Record<string, string>> = { tenant_id: 'school', event_type: 'type' };

const dayMs = 86_400_000;
const rowsAtOnce = 2_000;

/**
 * The lines of a file, read by day and in pages, each with the rights that the caller has then: memory does not grow
 * with the file. Throws as `readAnalytics`.
 */
export async function* exportLines(
  deps: AnalyticsDeps,
  scope: Scope,
  kind: ExportKind,
): AsyncGenerator<string> {
  const { keys, measures } = exports[kind];
  yield csvLine(['hour', ...keys.map((key) => shownAs[key] ?? key), ...measures]);
  const end = Date.parse(scope.to);
  for (let from = Date.parse(scope.from); from < end; from += dayMs) {
    const to = Math.min(end, from + dayMs);
    const day = { ...scope, from: new Date(from).toISOString(), to: new Date(to).toISOString() };
    let after: readonly string[] | undefined;
    do {
      const rows = await readPage(deps, day, kind, after);
      yield rows.map((row) => csvLine([...row.keys, ...row.sums])).join('');
      after = rows.length === rowsAtOnce ? rows.at(-1)?.keys : undefined;
    } while (after);
  }
}

interface PageRow {
  readonly keys: readonly string[];
  readonly sums: readonly Field[];
}

/** In the order of the keys, behind those of the page before. */
function readPage(
  deps: AnalyticsDeps,
  scope: Scope,
  kind: ExportKind,
  after: readonly string[] | undefined,
): Promise<readonly PageRow[]> {
  const { view, keys, measures } = exports[kind];
  const hour = `to_char(date_trunc('hour', at), 'YYYY-MM-DD"T"HH24:MI:SSTZH:TZM')`;
  const all = [hour, ...keys.map((key) => `coalesce(${key}, '')`)].map((key) => `${key} collate "C"`);
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

import { sqlState } from '../connection/errors.ts';
import type { Database, Query } from '../connection/open.ts';
import { engineData } from './engine-data.ts';
import { forgetInLog, type LogForgetting } from './forget-in-log.ts';
import type { ForgetSettings, PersonalData, PersonalTable } from './personal-data.ts';
import { statementFor } from './place-statements.ts';

export interface Forgetting extends Omit<LogForgetting, 'records'>, ForgetSettings {
  /** The areas, in the order in which they are worked through. */
  readonly data: readonly PersonalData[];
}

export interface Forgotten {
  /** Rows that were deleted or lost the person, by table, and things beside tables under `other`. */
  readonly changed: Readonly<Record<string, number>>;
  /** Tables in which a row of the person stays, since tables of the application refer to it. */
  readonly kept: readonly string[];
}

/** Rows that are written during a pass are found by the next one. */
const maxPasses = 3;
const foreignKeyViolation = '23503';

/**
 * Forgets a person in every table that is declared, in the log and in what the areas keep elsewhere. Each statement is a
 * transaction of its own, or of its area: a run that ends early leaves the rest to the next one, which is safe.
 */
export async function forgetPerson(database: Database, forgetting: Forgetting): Promise<Forgotten> {
  const { userId, data } = forgetting;
  const changed = new Map<string, number>();
  const kept = new Set<string>();
  const count = (name: string, rows: number) => {
    if (rows > 0) changed.set(name, (changed.get(name) ?? 0) + rows);
    return rows;
  };
  for (let pass = 0; pass < maxPasses; pass++) {
    let found = 0;
    for (const area of [...data, engineData]) {
      found += count('other', (await area.forget?.(database, userId, forgetting)) ?? 0);
      for (const table of area.tables) {
        found += count(table.table, await forgetInTable(database, area, table, userId, kept));
      }
    }
    // Triggers of the tables above have published by now.
    const records = data.flatMap((area) => area.records ?? []);
    const inLog = await forgetInLog(database.query, { ...forgetting, records });
    for (const [table, rows] of inLog) found += count(table, rows);
    if (found === 0) break;
  }
  return { changed: Object.fromEntries(changed), kept: [...kept] };
}

async function forgetInTable(
  database: Database,
  { within = plainly }: PersonalData,
  { table, places }: PersonalTable,
  userId: string,
  kept: Set<string>,
): Promise<number> {
  let changed = 0;
  for (const place of places) {
    const { text, values } = statementFor(table, place, userId);
    for (;;) {
      const rows = await within(database, (query) => query(text, values)).catch((error) => {
        if (sqlState(error) !== foreignKeyViolation) throw error;
        kept.add(table);
        return [];
      });
      if (rows.length === 0) break;
      changed += rows.length;
    }
  }
  return changed;
}

const plainly = <T>(database: Database, work: (query: Query) => Promise<T>): Promise<T> =>
  work(database.query);

import { sqlState } from '../../../src/db/connection/errors.ts';
import { asPrincipal } from '../../../src/tracking/principal.ts';
import type { Person, Row } from '../rights.ts';
import type { Subject } from '../support.ts';

/** Not allowed; a generated column, a view and a relation that is no table, which take nothing from anybody. */
const refusals: ReadonlySet<string> = new Set(['42501', '428C9', '55000', '42809']);

class Undo extends Error {}

/** Works as somebody in a transaction that comes to nothing. `attempt` undoes one statement; undefined: refused. */
export async function asPerson(
  { database }: Subject,
  { principal }: Person,
  work: (attempt: Attempt) => Promise<void>,
): Promise<void> {
  const done = database.transaction(async (tx, query) => {
    await asPrincipal(tx, 'school.members', principal, () =>
      work(async (text, values, check) => {
        await query('savepoint attempt');
        try {
          const rows = await query<Row>(text, values);
          await check?.();
          return rows;
        } catch (error) {
          const state = sqlState(error) ?? '';
          if (refusals.has(state)) return undefined;
          // A key or a check of the table refused what the policies let pass.
          if (state.startsWith('23')) return [{}];
          throw error;
        } finally {
          await query('rollback to savepoint attempt');
          await query('release savepoint attempt');
        }
      }),
    );
    throw new Undo();
  });
  const error = await done.catch((thrown) => thrown);
  if (!(error instanceof Undo)) throw error;
}

export type Attempt = (
  text: string,
  values?: readonly unknown[],
  check?: () => Promise<void>,
) => Promise<readonly Row[] | undefined>;

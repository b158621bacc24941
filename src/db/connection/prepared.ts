import type { Logger } from '../../logger.ts';
import { type Lending, type Query, sendOnce } from './connection.ts';
import { sqlState } from './errors.ts';

/**
 * Statements on any connection of the pool, prepared where that is asked for. Behind a pooler each transaction may have
 * another session of the server: the server then refuses a prepared statement before it does anything, that one runs
 * again as it is, and from then on none is prepared.
 */
export function preparingQuery(lending: Lending, log: Logger): Query {
  let preparing = true;
  const plain = async (text: string, values?: readonly unknown[]) =>
    (await sendOnce(lending, { text }, values)).rows;
  const query = async (text: string, values?: readonly unknown[], how?: 'prepared') => {
    if (how !== 'prepared' || !preparing) return plain(text, values);
    try {
      return (await sendOnce(lending, { name: statementName(text), text }, values ?? [])).rows;
    } catch (error) {
      if (!unprepared.has(sqlState(error) ?? '')) throw error;
      preparing = false;
      log.info(
        'statements are no longer prepared: the sessions of the database are a pooler’s, or its tables have changed',
      );
      return plain(text, values);
    }
  };
  return query as Query;
}

/** No such prepared statement, one of this name already, one whose tables have changed since. */
const unprepared = new Set(['26000', '42P05', '0A000']);

const names = new Map<string, string>();

/** The same text has the same name in every version of every process: a name never stands for another statement. */
function statementName(text: string): string {
  let name = names.get(text);
  if (!name) {
    name = `tambuli_${Bun.hash(text).toString(36)}`;
    names.set(text, name);
  }
  return name;
}

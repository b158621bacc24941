import { AppError } from '../../errors.ts';
import type { Logger } from '../../logger.ts';
import type { Query } from '../connection/connection.ts';
import { QueryError } from '../connection/errors.ts';
import { type DomainMigrations, shippedFolder } from './folders.ts';
import { findLacks, type Lack, lackInWords, type NeededTable } from './lacks.ts';
import { pendingFolders } from './pending.ts';

interface Options {
  readonly domains: readonly DomainMigrations[];
  readonly tables: readonly NeededTable[];
  readonly log: Logger;
}

/**
 * Whether the database has what this version needs: the migrations that have run, and the tables and columns of the
 * mounted domains, some of which belong to an application. It is looked up on the first connection, and again while
 * something is missing; a statement that then fails because of it is answered with the reason.
 * So is one that a rule of the application refuses, where no code handles it.
 */
export class SchemaWatch {
  readonly #options: Options;
  #pending: readonly string[] = [];
  #lacks: readonly Lack[] = [];
  #isComplete = false;
  /** The state that the log has reported already. */
  #told = '';

  constructor(options: Options) {
    this.#options = options;
  }

  async check(query: Query): Promise<void> {
    if (this.#isComplete) return;
    const { domains, tables, log } = this.#options;
    try {
      this.#pending = await pendingFolders(query, domains, shippedFolder);
      this.#lacks = this.#pending.length > 0 ? [] : await findLacks(query, tables);
    } catch (error) {
      // A role that may not look: nothing is known, and nothing is held against the database.
      if (!(error instanceof QueryError)) throw error;
      log.debug({ err: error }, 'what the database has cannot be looked up');
      return;
    }
    this.#isComplete = this.#pending.length === 0 && this.#lacks.length === 0;
    this.#tell();
  }

  /** Throws `not_migrated` while migrations have not run. What an application lacks concerns single routes alone. */
  async checkReady(query: Query): Promise<void> {
    await this.check(query);
    if (this.#pending.length > 0) throw notMigrated();
  }

  /** The error of a statement, with the reason where something that it may need is missing. */
  explain(error: unknown): unknown {
    if (!(error instanceof QueryError)) return error;
    const kinds = kindsOf(error.sqlState);
    if (kinds.includes('no table') && this.#pending.length > 0) return notMigrated(error);
    const possible = this.#lacks.filter(({ kind }) => kinds.includes(kind));
    const named = possible.filter(({ table, column }) => {
      const name = table.split('.').at(-1) ?? table;
      return error.table === name || hasWord(error.message, column ?? name);
    });
    // A server that speaks another language than English has messages that name nothing.
    const meant = named.length > 0 || !kinds.includes('no table') ? named : possible;
    if (meant.length === 0) {
      if (this.#isOfApplication(error)) {
        error.explanation = new AppError('not_in_database', `The database refuses it: ${error.message}.`, {
          cause: error,
        });
      }
      return error;
    }
    return new AppError('not_in_database', `${sentence(meant.map(lackInWords).join('; '))}.`, {
      cause: error,
    });
  }

  /** Whether a rule, a type or a right of the application's database is the reason, none of ours. */
  #isOfApplication({ sqlState, table }: QueryError): boolean {
    const isTheirs = (name: string) =>
      this.#options.tables.some((each) => each.schema === 'public' && each.name === name);
    return (
      foreignStates.test(sqlState) || (sqlState.startsWith('23') && table !== undefined && isTheirs(table))
    );
  }

  #tell(): void {
    const { log, domains } = this.#options;
    const text = JSON.stringify([this.#pending, this.#lacks]);
    if (text === this.#told || (this.#isComplete && this.#told === '')) return;
    this.#told = text;
    if (this.#pending.length > 0) {
      log.error(
        { pending: this.#pending },
        `the database is not migrated; run "tambuli migrate" with this DATABASE_URL and the domains ${domains.map((each) => (typeof each === 'string' ? each : each.name)).join(', ')}`,
      );
    } else if (this.#lacks.length > 0) {
      const words = (isMandatory: boolean) =>
        this.#lacks.filter(({ kind }) => (kind === 'mandatory column') === isMandatory).map(lackInWords);
      const [lacks, unknown] = [words(false), words(true)];
      if (lacks.length > 0) {
        log.error(
          { lacks },
          'the database lacks tables or columns that routes need; these routes return 501',
        );
      }
      if (unknown.length > 0) {
        log.info(
          { unknown },
          'tables of the application have columns of their own: routes that add rows there answer 501',
        );
      }
    } else {
      log.info('the database has everything that this version needs');
    }
  }
}

/** Returns the possible reasons of an error with this SQLSTATE. */
function kindsOf(state: string): readonly Lack['kind'][] {
  if (state === '23502') return ['mandatory column'];
  if (state === '42501') return ['no right'];
  // No such table, column, schema, function, constraint or type.
  return /^(42P01|42703|3F000|42883|42P10|42704)$/.test(state) ? ['no table', 'no column'] : [];
}

/**
 * Errors that no table or function of ours raises: too long for a `varchar`, RAISE, WITH CHECK OPTION, a generated
 * column, a view or a rule that takes no rows; a column of another type, which our comparison or value does not fit; and
 * rights that were not granted.
 */
const foreignStates = /^(22001|P0001|44000|428C9|42501|42804|42883|0A000|55000)$/;

const hasWord = (text: string, word: string) => new RegExp(`\\b${word}\\b`).test(text);

const sentence = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

const notMigrated = (cause?: Error) =>
  new AppError('not_migrated', 'The tables of the database are not those of this version of the server.', {
    retryAfterMs: 10_000,
    ...(cause && { cause }),
  });

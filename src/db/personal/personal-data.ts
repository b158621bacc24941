import type { Database, Query } from '../connection/open.ts';

/**
 * A place in a table where a person stands, and what becomes of it when the person is forgotten. Columns are compared as
 * text, so a numeric id works.
 */
export type PersonalPlace =
  /** The rows are the person's own, and are deleted. */
  | { readonly rowsOf: string }
  /**
   * The rows stay without the person's name: the column gets the value. `sets` clears what the person wrote in them, an
   * SQL expression for each column.
   */
  | { readonly name: string; readonly becomes: '' | null; readonly sets?: Readonly<Record<string, string>> }
  /** An array of ids, from which the person is taken out. */
  | { readonly list: string }
  /** JSON, in which texts that are the id become empty. */
  | { readonly json: string; readonly type: 'json' | 'jsonb' }
  /** A path or an address, of which parts that are the id become empty. */
  | { readonly path: string };

export interface PersonalTable {
  /** With its schema, `shop.orders`. */
  readonly table: string;
  readonly places: readonly PersonalPlace[];
}

/** The places of people in the tables of an area. A domain declares them as `personal`; the engine has its own. */
export interface PersonalData {
  /** In the order in which they are worked through: rows that refer to a person before the person. */
  readonly tables: readonly PersonalTable[];
  /**
   * Types of publications that record a state of the application, by any publisher: they lose the person's name and
   * stay in the log. All others of a person lose their content.
   */
  readonly records?: readonly string[];
  /**
   * Forgets what no table shows, such as files at a provider, before the tables are touched. Returns how many things it
   * removed; safe to run again.
   */
  forget?(database: Database, userId: string, settings: ForgetSettings): Promise<number>;
  /** Runs statements in a transaction with the rights that the tables ask for; plain where it is left out. */
  within?<T>(database: Database, work: (query: Query) => Promise<T>): Promise<T>;
}

export interface ForgetSettings {
  /** The time zone of the deployment's days, a name of the tz database. */
  readonly timeZone: string;
}

import type { Client, QueryConfig, QueryResult } from './driver.ts';

type Row = Record<string, unknown>;
type Parse = (text: string) => unknown;

/** A column of a statement's rows, as the server described it. */
interface Column {
  readonly name: string;
  readonly parse: Parse;
}

/** The fields of the drivers that both have and that this file builds on. */
interface DescribedResult extends QueryResult {
  readonly fields?: readonly { readonly name: string; readonly dataTypeID: number }[];
}
interface DriverClient extends Client {
  getTypeParser(type: number, format: 'text'): Parse;
}
interface DriverConnection {
  readonly stream: { cork?(): void; uncork?(): void };
  bind(config: { portal: string; statement: string; values: readonly unknown[]; binary: boolean }): void;
  execute(config: object): void;
  sync(): void;
}

export type NamedConfig = QueryConfig & { readonly name: string };

/** The columns of the statements that each connection has prepared, by the statement's name. */
const described = new WeakMap<Client, Map<string, readonly Column[]>>();

/**
 * Runs a named statement. The first time on a connection the driver prepares it; from then on it is bound and executed
 * without being described again, which halves the time that the driver takes for it.
 */
export async function executeNamed(
  client: Client,
  config: NamedConfig,
  values: readonly unknown[],
): Promise<QueryResult> {
  const columns = described.get(client)?.get(config.name);
  const bound = columns && boundTexts(values);
  if (columns && bound) {
    return new Promise((resolve, reject) => {
      const execution = new Execution(config, columns, bound, (error, rows) =>
        error ? reject(error) : resolve({ rows }),
      );
      // A driver takes an object with a method `submit` for a query of its caller's own.
      void client.query(execution as unknown as QueryConfig);
    });
  }
  const result: DescribedResult = await client.query(config, values);
  if (result.fields) remember(client as DriverClient, config.name, result.fields);
  return result;
}

function remember(client: DriverClient, name: string, fields: NonNullable<DescribedResult['fields']>): void {
  const statements = described.get(client) ?? new Map<string, readonly Column[]>();
  described.set(client, statements);
  const columns = fields.map((field) => ({
    name: field.name,
    parse: client.getTypeParser(field.dataTypeID, 'text'),
  }));
  statements.set(name, columns);
}

/** The parameters as texts; undefined where one of them is for the driver to word. */
function boundTexts(values: readonly unknown[]): (string | null)[] | undefined {
  const texts: (string | null)[] = [];
  for (const value of values) {
    if (value === null || value === undefined) texts.push(null);
    else if (typeof value === 'string') texts.push(value);
    else if (typeof value === 'number' || typeof value === 'boolean') texts.push(String(value));
    else return undefined;
  }
  return texts;
}

/** One execution of a statement that the connection has prepared, with the methods by which a driver runs a query. */
class Execution {
  readonly name: string;
  /** For tools that watch a driver by the texts of its queries. */
  readonly text: string;
  readonly callback: (error: Error | null, rows: Row[]) => void;
  readonly #columns: readonly Column[];
  readonly #values: readonly (string | null)[];
  readonly #rows: Row[] = [];
  #failure: Error | undefined;

  constructor(
    { name, text }: NamedConfig,
    columns: readonly Column[],
    values: readonly (string | null)[],
    callback: (error: Error | null, rows: Row[]) => void,
  ) {
    this.name = name;
    this.text = text;
    this.#columns = columns;
    this.#values = values;
    this.callback = callback;
  }

  submit(connection: DriverConnection): null {
    const { stream } = connection;
    // Otherwise each of the three messages is a write of its own.
    stream.cork?.();
    try {
      connection.bind({ portal: '', statement: this.name, values: this.#values, binary: false });
      connection.execute({});
      connection.sync();
    } finally {
      stream.uncork?.();
    }
    return null;
  }

  handleDataRow({ fields }: { readonly fields: readonly (string | null)[] }): void {
    const row: Row = {};
    try {
      for (const [index, { name, parse }] of this.#columns.entries()) {
        const text = fields[index] ?? null;
        row[name] = text === null ? null : parse(text);
      }
    } catch (error) {
      this.#failure = error instanceof Error ? error : new Error(String(error));
    }
    this.#rows.push(row);
  }

  handleReadyForQuery(): void {
    this.callback(this.#failure ?? null, this.#rows);
  }

  handleError(error: Error): void {
    this.callback(error, []);
  }

  // The driver calls these too; the columns are known, and the rows come before `handleReadyForQuery`.
  readonly handleRowDescription = ignore;
  readonly handleCommandComplete = ignore;
  readonly handleEmptyQuery = ignore;
  readonly handlePortalSuspended = ignore;
}

const ignore = () => undefined;

import type { NodePgQueryResultHKT } from 'drizzle-orm/node-postgres';
import type { PgDatabase } from 'drizzle-orm/pg-core';
import { parseExact } from '../../protocol/wire/json.ts';
import { sendCancel } from './cancel.ts';

export type DriverName = 'neon' | 'tcp';

/**
 * drizzle's query builder. `transaction` is left out: drizzle's own leaks its client when BEGIN fails and gives one
 * back to the pool after a query timed out on it. Use `Database.transaction`.
 */
export type Drizzle = Omit<PgDatabase<NodePgQueryResultHKT>, 'transaction'>;

export interface QueryConfig {
  /** Prepares the statement under this name, once per connection. */
  readonly name?: string;
  readonly text: string;
  readonly values?: readonly unknown[] | undefined;
}

export interface QueryResult {
  readonly rows: Record<string, unknown>[];
}

/** Anything statements can be sent through. */
export interface Queryable {
  query(config: QueryConfig, values?: readonly unknown[]): Promise<QueryResult>;
}

/** The interface that the clients of both drivers have in common. */
export interface Client extends Queryable {
  connect(): Promise<unknown>;
  end(): Promise<void>;
  on(event: 'error', listener: (error: Error) => void): unknown;
  on(event: 'end', listener: () => void): unknown;
  on(event: 'notification', listener: (notification: Notification) => void): unknown;
  off(event: 'error', listener: (error: Error) => void): unknown;
}

/** A message of NOTIFY on a channel this connection listens on. */
export interface Notification {
  readonly channel: string;
  readonly payload?: string;
}

export interface PooledClient extends Client {
  /** With an error the connection is closed instead of going back to the pool. */
  release(error?: Error): void;
}

export interface Pool {
  connect(): Promise<PooledClient>;
  end(): Promise<void>;
}

/** The interface that the pools of both drivers have in common. */
export interface DriverPool extends Pool {
  on(event: 'error', listener: (error: Error) => void): unknown;
}

/** One of the two drivers, loaded. The other one is never imported: each costs memory and start time. */
export interface Driver {
  readonly name: DriverName;
  pool(options: ConnectionOptions & { max: number; idleTimeoutMillis: number }): DriverPool;
  client(options: ConnectionOptions): Client;
  /** Asks the server to cancel what the client waits for, over a connection of its own. Never throws. */
  cancel(client: Client): void;
  /** A query builder over a connection; the driver decides how values are parsed. */
  drizzle(connection: Queryable): PgDatabase<NodePgQueryResultHKT>;
}

/** All times in milliseconds. */
export interface ConnectionOptions {
  readonly connectionString: string;
  readonly connectionTimeoutMillis: number;
  readonly query_timeout: number;
  readonly keepAlive: boolean;
  /** Settings of the server's session. */
  readonly statement_timeout?: number;
  readonly lock_timeout?: number;
  readonly idle_in_transaction_session_timeout?: number;
  readonly options?: string;
}

export function chooseDriver(url: string, wanted: DriverName | 'auto'): DriverName {
  if (wanted !== 'auto') return wanted;
  return /\.neon\.(tech|build)$/.test(new URL(url).hostname) ? 'neon' : 'tcp';
}

export function loadDriver(name: DriverName): Promise<Driver> {
  return name === 'neon' ? loadNeon() : loadNodePostgres();
}

/** The type `json` in Postgres' catalogue: its text is kept, so its numbers are. */
const json = 114;

// The drivers declare the same shapes with types of their own, hence the casts at this one border.

async function loadNodePostgres(): Promise<Driver> {
  const [{ default: pg }, { drizzle }] = await Promise.all([
    import('pg'),
    import('drizzle-orm/node-postgres'),
  ]);
  pg.types.setTypeParser(json, parseExact);
  return {
    name: 'tcp',
    pool: (options) => new pg.Pool(options) as unknown as DriverPool,
    client: (options) => new pg.Client(options) as unknown as Client,
    cancel: (client) => sendCancel(client, pg.Client),
    drizzle: (connection) => drizzle({ client: connection as unknown as InstanceType<typeof pg.Client> }),
  };
}

async function loadNeon(): Promise<Driver> {
  const [neon, { drizzle }] = await Promise.all([
    import('@neondatabase/serverless'),
    import('drizzle-orm/neon-serverless'),
  ]);
  neon.neonConfig.webSocketConstructor ??= AbruptWebSocket;
  neon.types.setTypeParser(json, parseExact);
  return {
    name: 'neon',
    pool: (options) => new neon.Pool(options) as unknown as DriverPool,
    client: (options) => new neon.Client(options) as unknown as Client,
    cancel: (client) => sendCancel(client, neon.Client),
    drizzle: (connection) =>
      drizzle({
        client: connection as unknown as InstanceType<typeof neon.Pool>,
      }) as unknown as PgDatabase<NodePgQueryResultHKT>,
  };
}

/**
 * The Neon driver gives up on a connection by closing its WebSocket, and frees the place in the pool when that is
 * closed. A polite close waits for the peer's answer, which is what a hung peer does not give.
 */
class AbruptWebSocket extends WebSocket {
  // Bun's own, unknown to the DOM's types.
  declare terminate: () => void;

  override close(): void {
    this.terminate();
  }
}

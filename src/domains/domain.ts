import type { AnyElysia } from 'elysia';
import type { AuthPlugin } from '../auth/plugin.ts';
import type { PostgresEventLog } from '../db/event-log.ts';
import type { Database, Drizzle } from '../db/open.ts';
import type { PublishedTable } from '../db/triggers.ts';
import type { RealtimeManager } from '../realtime/manager.ts';
import type { Namespace } from '../realtime/namespace.ts';

/** What a domain's routes are made of. */
export interface DomainDeps {
  /** `.use(auth)` makes `{ allow: ['role', …] }` and `principal` available on routes. */
  readonly auth: AuthPlugin;
  readonly database: Database;
  /** The manager's own log, for publications whose data is read in the statement that appends them. */
  readonly log: PostgresEventLog;
  readonly manager: RealtimeManager;
}

/** One application area: its channels, its routes, its demo rows. Names and namespaces are unique in a process. */
export interface Domain {
  readonly name: string;
  channels(database: Database): readonly Namespace[];
  routes?(deps: DomainDeps): AnyElysia;
  /** Tables of the application that publish by themselves once `bun run db:triggers install` has run. */
  readonly tables?: readonly PublishedTable[];
  /** Demo rows for a development database; safe to run again. */
  seed?(db: Drizzle): Promise<void>;
}

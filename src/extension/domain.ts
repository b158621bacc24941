import type { AnyElysia } from 'elysia';
import type { AuthPlugin } from '../auth/plugin.ts';
import type { Database, Drizzle } from '../db/connection/open.ts';
import type { Leases } from '../db/leases/leases.ts';
import type { PostgresEventLog } from '../db/log/event-log.ts';
import type { Publisher } from '../db/publisher.ts';
import type { PublishedTable } from '../db/triggers/published-table.ts';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../logger.ts';
import type { Namespace } from '../realtime/channels/namespace.ts';
import type { RealtimeManager } from '../realtime/manager.ts';
import type { Principal } from '../realtime/principal.ts';
import type { DeliverySettings } from '../tracking/room.ts';
import type { Measures } from '../tracking/statistics/measures.ts';
import type { DomainFrame, PollAddress, SocketAddress, SocketIoClients } from './addresses.ts';
import type { FeedStreams } from './feed.ts';

/** What a domain's routes are made of. */
export interface DomainDeps {
  /** `.use(auth)` makes `{ allow: ['role', …] }` and `principal` available on routes. */
  readonly auth: AuthPlugin;
  readonly database: Database;
  /** The manager's own log, for publications whose data is read in the statement that appends them. */
  readonly log: PostgresEventLog;
  readonly manager: RealtimeManager;
  /** Publishes from transactions and reads snapshots. */
  readonly publisher: Publisher;
  /** Who may change what alone, for a time. */
  readonly leases: Leases;
  /** Event streams in the shapes that an application's clients know. */
  readonly streams: FeedStreams;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Of this process, as in `realtime_processes`. */
  readonly processId: string;
  /** How tracked events reach people who are not connected. */
  readonly delivery: DeliverySettings;
  /** Of this process, for a domain that tracks events. */
  readonly measures: Measures;
  /** Owns what a domain opens: it is disposed of after the last request, before the engine goes. */
  readonly opened: { use<T extends Disposable | AsyncDisposable>(value: T): T };
}

/** One application area: its channels, its routes, its demo rows. Names and namespaces are unique in a process. */
export interface Domain {
  readonly name: string;
  channels(database: Database): readonly Namespace[];
  routes?(deps: DomainDeps): AnyElysia;
  /** What its clients may send beside the engine's own frames, over every kind of socket. */
  frames?(deps: DomainDeps): readonly DomainFrame[];
  /** What Socket.IO clients of the application need beside the engine's own events. */
  readonly socketIo?: SocketIoClients;
  /** What its Socket.IO clients read unasked, as `SocketIoClients.autoSubscribe`, where the database says it. */
  unasked?(database: Database): (principal: Principal) => Promise<readonly string[]>;
  /** Where its channels are polled beside the engine's own address. */
  readonly polls?: readonly PollAddress[];
  /** WebSocket addresses of its own, beside the engine's. */
  readonly sockets?: readonly SocketAddress[];
  /** The exports of its schema file: the tables that its code needs. */
  readonly schema?: Readonly<Record<string, unknown>>;
  /** Tables of the application that publish by themselves once `bun run db:triggers install` has run. */
  readonly tables?: readonly PublishedTable[];
  /** Demo rows for a development database; safe to run again. */
  seed?(db: Drizzle): Promise<void>;
}

import type { AnyElysia } from 'elysia';
import type { AuthPlugin } from '../auth/plugin.ts';
import type { Database, Drizzle } from '../db/connection/open.ts';
import type { Leases } from '../db/leases/leases.ts';
import type { PostgresEventLog } from '../db/log/event-log.ts';
import type { PersonalData } from '../db/personal/personal-data.ts';
import type { Publisher } from '../db/publisher.ts';
import type { PublishedTable } from '../db/triggers/published-table.ts';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../logger.ts';
import type { TypedChannels } from '../protocol/wire/channel-types.ts';
import type { Namespace } from '../realtime/channels/namespace.ts';
import type { RealtimeManager } from '../realtime/manager.ts';
import type { Principal } from '../realtime/principal.ts';
import type {
  DemoPerson,
  DomainFrame,
  PageAddress,
  PollAddress,
  SocketAddress,
  SocketIoClients,
} from './addresses.ts';
import type { DeliverySettings } from './delivery-settings.ts';
import type { FeedStreams } from './feed.ts';

/** The parts of a running server that the code of a domain works with. */
export interface DomainContext {
  /** `.use(auth)` makes `{ allow: ['role', …] }` and `principal` available on routes. */
  readonly auth: AuthPlugin;
  readonly database: Database;
  /** The manager's own log, for publications whose data is read in the statement that appends them. */
  readonly log: PostgresEventLog;
  readonly manager: RealtimeManager;
  /** Publishes from transactions and reads snapshots. */
  readonly publisher: Publisher;
  /** Locks with a queue and an end, held by sessions. */
  readonly leases: Leases;
  /** Event streams in the shapes that an application's clients know. */
  readonly streams: FeedStreams;
  readonly clock: Clock;
  readonly logger: Logger;
  /** The id of this process, as in `realtime_processes`. */
  readonly processId: string;
  /** The settings by which tracked events reach people who are not connected. */
  readonly delivery: DeliverySettings;
}

/** The static part of a domain: everything that needs no running server. */
interface Declarations {
  /** The events of the application's Socket.IO clients beside the engine's own. */
  readonly socketIo?: SocketIoClients;
  /**
   * The channels that its Socket.IO clients read unasked, as `SocketIoClients.autoSubscribe`, read from the database.
   */
  unasked?(database: Database): (principal: Principal) => Promise<readonly string[]>;
  /** Addresses where its channels are polled beside the engine's own. */
  readonly polls?: readonly PollAddress[];
  /** WebSocket addresses of its own, beside the engine's. */
  readonly sockets?: readonly SocketAddress[];
  /** Pages for people, built from `clients/pages`. */
  readonly pages?: readonly PageAddress[];
  /** People of `seed` whom pages offer for signing in where the server believes everybody. */
  readonly people?: readonly DemoPerson[];
  /** Paths to which another service posts a form, which the route gets as text; every other body is JSON. */
  readonly forms?: readonly string[];
  /** The exports of its schema file: the tables that its code needs. */
  readonly schema?: Readonly<Record<string, unknown>>;
  /** Tables that publish their changes by themselves once their triggers are installed. */
  readonly tables?: readonly PublishedTable[];
  /**
   * The places of people in its tables, so that an operator can have a person forgotten. An area that declares nothing keeps what it
   * has.
   */
  readonly personal?: readonly PersonalData[];
  /**
   * The absolute path of the folder with its migrations: as drizzle-kit writes it, or with SQL files that have numbers,
   * `0001_orders.sql`. Each runs once, in a transaction, in the order of the numbers.
   */
  readonly migrations?: string;
  /** Adds demo rows to the embedded database of a development start; safe to run again. */
  seed?(db: Drizzle): Promise<void>;
}

/** The description of a domain; see {@link defineDomain}. */
export interface DomainDefinition<
  Name extends string,
  Channels extends Namespace,
  Services,
  Routes extends AnyElysia,
> extends Declarations {
  /** Unique in a process: lower-case letters, digits and hyphens. */
  readonly name: Name;
  /** The kinds of channels, each made by `channel`. Their namespaces are unique in a process. */
  channels(database: Database): readonly Channels[];
  /** Builds, without opening anything, the objects that `routes`, `frames` and `start` share. */
  services?(context: DomainContext): Services;
  /** An Elysia plugin with the HTTP routes. */
  routes?(context: DomainContext & { readonly services: Services }): Routes;
  /** Frames that its clients may send beside the engine's own, over every kind of socket. */
  frames?(context: DomainContext & { readonly services: Services }): readonly DomainFrame[];
  /**
   * Opens what runs beside requests: timers, listeners, connections. It runs once the engine works and before the server
   * listens. `opened` is disposed of after the last request and before the engine goes.
   */
  start?(
    context: DomainContext & { readonly services: Services },
    opened: AsyncDisposableStack,
  ): void | Promise<void>;
  /** Ends what `start` opened and did not leave to `opened`; it runs before `opened` is disposed of. */
  stop?(context: DomainContext & { readonly services: Services }): void | Promise<void>;
}

/** The parts of a domain in one running server. */
export interface MountedDomain {
  readonly name: string;
  readonly routes?: AnyElysia;
  readonly frames: readonly DomainFrame[];
  /** Opens what runs beside requests and hands it to `opened`. */
  start(opened: AsyncDisposableStack): Promise<void>;
}

/**
 * One application area: its channels, routes, frames, tables and what runs beside them. Made by {@link defineDomain}.
 */
export interface Domain<Routes extends AnyElysia = AnyElysia, Channels = unknown>
  extends Declarations,
    TypedChannels<Channels> {
  readonly name: string;
  /** The type of its routes, for Eden. No value has this property. */
  readonly '~routes'?: Routes;
  channels(database: Database): readonly Namespace[];
  /** Builds its routes and frames and opens nothing. */
  mount(context: DomainContext): MountedDomain;
}

/** `A & B` of `A | B`. */
export type UnionToIntersection<Union> = (Union extends unknown ? (each: Union) => void : never) extends (
  all: infer All,
) => void
  ? All
  : never;

/** The channel maps of several channels or domains in one. */
export type MergedChannels<Typed> = UnionToIntersection<
  Typed extends TypedChannels<infer Channels> ? Channels : never
>;

/**
 * A domain: everything that an application area brings, in one value. Domains of other repositories get the same as those
 * that ship: migrations, triggers, demo rows, several processes. `startService({ domains: [shop] })` mounts it.
 */
export function defineDomain<
  const Name extends string,
  Channels extends Namespace,
  Services = undefined,
  Routes extends AnyElysia = never,
>(
  definition: DomainDefinition<Name, Channels, Services, Routes>,
): Domain<Routes, MergedChannels<Channels>> & { readonly name: Name } {
  const { services, routes, frames, start, stop, ...declarations } = definition;
  checkName(definition.name);
  return {
    ...declarations,
    channels: (database) => definition.channels(database),
    mount(given) {
      const context = { ...given, services: services?.(given) as Services };
      const plugin = routes?.(context);
      return {
        name: definition.name,
        ...(plugin && { routes: plugin }),
        frames: frames?.(context) ?? [],
        async start(opened) {
          const own = opened.use(new AsyncDisposableStack());
          await start?.(context, own);
          if (stop) opened.defer(() => stop(context));
        },
      };
    },
  };
}

/** Names of folders in `drizzle/` that are no domain's: their migrations would be taken for its own. */
const reservedNames = ['realtime', 'tracking'];

function checkName(name: string): void {
  if (!/^[a-z][a-z0-9-]*$/.test(name)) {
    throw new Error(
      `The domain "${name}" needs a name of lower-case letters, digits and hyphens, such as "shop".`,
    );
  }
  if (reservedNames.includes(name)) throw new Error(`The name "${name}" belongs to the engine.`);
}

/**
 * The public face of Tambuli. Whatever is not exported here may change without notice; whatever is follows semantic
 * versioning. An application usually needs three of these: `channel` and `defineDomain` to say what it has, and
 * `startService` (or the program `tambuli`) to serve it.
 */

// A domain brings routes, schemas and queries, in the versions of these packages that the server is built with.
export { Type } from '@sinclair/typebox';
export { sql } from 'drizzle-orm';
export { Elysia, t } from 'elysia';

// Serving.

/** All routes over an engine that the caller opened, without listening; the type of the result is that of Eden's `App`. */
export { type AppDeps, type AppOf, createApp } from './app.ts';
/** Configuration from environment variables; every fault is reported at once. */
export { ConfigError, type Env, parseConfig } from './config/config.ts';
/** The content of `tambuli.config.ts`. */
export { defineConfig } from './config/file/define-config.ts';
/** The parts of a configuration: the settings, and what is to be in no log. */
export type { Config, Secrets } from './config/settings.ts';
/** Parts of the engine that an application may bring itself. */
export type { Ports } from './extension/ports.ts';
export { createLogger, type Logger } from './logger.ts';
/** Opens the database and the engine, starts the domains, and listens. */
export { type Service, type ServiceOptions, startService } from './service.ts';

// Domains: what an application brings.

/** Addresses and frames that clients of an application already use. */
export {
  type DomainFrame,
  domainFrame,
  type PollAddress,
  type SocketAddress,
  type SocketIoClients,
} from './extension/addresses.ts';
/** One kind of channel: `channel('orders:{customerId}', { read: … })`. */
export {
  type Channel,
  type ChannelOptions,
  type ChannelRule,
  channel,
  channelName,
} from './extension/channel.ts';
/** An application area in one value. */
export {
  type Domain,
  type DomainContext,
  type DomainDefinition,
  defineDomain,
} from './extension/domain.ts';
/** Event streams in the shapes that an application's clients know. */
export type { Feed, FeedEvent, FeedStep, FeedStreams, FeedView, StreamCall } from './extension/feed.ts';
/** The types of channels that a server shares with `createClient<App>`. */
export type {
  ChannelMap,
  ChannelName,
  ChannelsOf,
  EphemeralOf,
  ParametersOf,
  PublicationOf,
  TypedChannels,
} from './protocol/wire/channel-types.ts';

// The services that the code of a domain works with.

export type { Database, Drizzle, Query } from './db/connection/open.ts';
export type { Leases } from './db/leases/leases.ts';
/** Publishes when a transaction that is not the publisher's commits. */
export { publishLater } from './db/log/transaction.ts';
/** The places of people in the tables of an application. */
export type { PersonalData, PersonalPlace, PersonalTable } from './db/personal/personal-data.ts';
export type { Publisher } from './db/publisher.ts';
export type { Change, PublishedChange, PublishedTable, RowShape } from './db/triggers/published-table.ts';
/** A failure with a code that clients understand. */
export { AppError } from './errors.ts';
export { KeyHeaders } from './protocol/schemas/idempotency.ts';
export { Problem } from './protocol/schemas/problem.ts';
export { formatPosition, type Position } from './protocol/wire/position.ts';
export type { RealtimeManager } from './realtime/manager.ts';
export type { Principal } from './realtime/principal.ts';
export type { NewPublication, Receipt } from './realtime/publishing/new-publication.ts';

// Ports: what an application may implement. `tambuli/contracts` has a suite for each.

export type { AuthClaims, Authenticator } from './auth/authenticator.ts';
export type {
  DeliveryMethod,
  EventData,
  Outcome,
  OutgoingDelivery,
  OutgoingDigest,
} from './extension/delivery-method.ts';
export type { SmsMessage, SmsOutcome, SmsProvider } from './extension/delivery-sms.ts';
export type {
  ExpectedUpload,
  FileStore,
  FoundUpload,
  HandedFile,
  SignedRequest,
} from './extension/files/store.ts';
export { type Clock, systemClock } from './lib/clock.ts';
export type { Publication } from './protocol/wire/publication.ts';
export type { Broker, BrokerListener, ConnectBroker } from './realtime/ports/broker.ts';
export type { Appended, Draft, EventLog, Page, Retention } from './realtime/ports/event-log.ts';
export type {
  Entered,
  Member,
  MemberList,
  Presence,
  PresenceEntry,
  PresenceStore,
} from './realtime/ports/presence-store.ts';
export type { ClientFacts, Delivery, Gateway, Transport } from './realtime/ports/transport.ts';

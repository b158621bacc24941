import type { Clock } from '../lib/clock.ts';
import { Listeners } from '../lib/listeners.ts';
import type { Logger } from '../logger.ts';
import type { CloseReason } from '../protocol/wire/close-codes.ts';
import type { ErrorCode } from '../protocol/wire/codes.ts';
import type { Position } from '../protocol/wire/position.ts';
import { HeadComparison } from './channels/head-comparison.ts';
import { History } from './channels/history.ts';
import { LiveChannels } from './channels/live-channels.ts';
import { type Namespace, NamespaceRegistry } from './channels/namespace.ts';
import { Canary } from './control/canary.ts';
import { Control } from './control/control.ts';
import { Peers } from './peers/peers.ts';
import type { Broker, ConnectBroker } from './ports/broker.ts';
import type { Appended, EventLog } from './ports/event-log.ts';
import type { PresenceStore } from './ports/presence-store.ts';
import type { RevocationStore } from './ports/revocation-store.ts';
import { noTelemetry, type RefusalFacts, type Telemetry } from './ports/telemetry.ts';
import type { Transport } from './ports/transport.ts';
import { Presence } from './presence/presence.ts';
import { PresenceHeartbeat } from './presence/presence-heartbeat.ts';
import type { Principal } from './principal.ts';
import { Drafts } from './publishing/drafts.ts';
import { Ephemerals } from './publishing/ephemerals.ts';
import type { NewEphemeral, NewPublication, Receipt } from './publishing/new-publication.ts';
import { parseSignal } from './publishing/signal.ts';
import { Endings } from './sessions/endings.ts';
import type { Limits } from './sessions/limits.ts';
import { SendBuffers } from './sessions/send-buffers.ts';
import { Session } from './sessions/session.ts';
import { SessionRegister } from './sessions/session-register.ts';
import { Reader } from './subscriptions/reader.ts';
import type { Subscribed } from './subscriptions/recovery.ts';
import { type OnSubscription, Subscriptions } from './subscriptions/subscriptions.ts';

export interface ManagerDeps {
  readonly log: EventLog;
  readonly connectBroker: ConnectBroker;
  readonly presence: PresenceStore;
  readonly revocations: RevocationStore;
  readonly namespaces: Iterable<Namespace>;
  readonly limits: Limits;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly telemetry?: Telemetry;
  /** Told the channel of everything that this process has published. */
  readonly onPublished?: (channel: string) => void;
  /** A new id, unique everywhere: sessions and publications get one. ASCII without quotes. */
  readonly createId: () => string;
}

/**
 * The channel maps: who is connected, what they may read, where each channel's readers are. Publications enter by
 * `publish` (log, then everybody) or `announce` (already committed); gateways bring sessions.
 */
export class RealtimeManager implements AsyncDisposable {
  readonly sessions: SessionRegister;
  readonly channels: LiveChannels;
  readonly broker: Broker;
  readonly namespaces: NamespaceRegistry;
  readonly presence: Presence;
  /** Reads of the log, under the rule of each channel. */
  readonly reader: Reader;
  readonly control: Control;
  readonly peers: Peers;
  /** For a caller that appends by itself. */
  readonly drafts: Drafts;
  /** The bytes that wait for readers that do not keep up. */
  readonly sendBuffers: SendBuffers;
  readonly #endings: Endings;
  readonly #subscriptions: Subscriptions;
  readonly #ephemerals: Ephemerals;
  readonly #presenceHeartbeat: PresenceHeartbeat;
  readonly #canary: Canary;
  readonly #heads: HeadComparison;
  readonly #telemetry: Telemetry;
  readonly #deps: ManagerDeps;
  readonly #sessionEnded = new Listeners<[Session]>();
  readonly #identified = new Listeners<[Session]>();
  readonly #subscriptionChanged = new Listeners<Parameters<OnSubscription>>();

  constructor(deps: ManagerDeps) {
    this.#deps = deps;
    const { log, clock, logger, limits, createId, presence: store } = deps;
    this.namespaces = new NamespaceRegistry(deps.namespaces);
    this.drafts = new Drafts({ createId, maxBytes: limits.publicationBytes });
    this.#telemetry = deps.telemetry ?? noTelemetry;
    const history = new History(log);
    this.broker = deps.connectBroker({
      onPublication: (publication) => this.channels.get(publication.channel)?.accept(publication),
      onPosition: (channel, position) => this.channels.get(channel)?.hearOf(position),
      onSignal: (channel, text) => this.#hear(channel, text),
      onGap: () => {
        void this.checkHeads();
        this.presence.refresh();
      },
    });
    const { broker, namespaces } = this;
    const telemetry = this.#telemetry;
    this.#endings = new Endings(telemetry);
    const refused: Telemetry['refused'] = (...refusal) => this.refused(...refusal);
    const end = (session: Session, reason: CloseReason) => this.disconnect(session, reason);
    const settled: Telemetry['settled'] = (lagMs) => telemetry.settled(lagMs);
    this.sessions = new SessionRegister({ limits, clock, logger, store, broker, refused, settled, end });
    const { sessions } = this;
    this.sendBuffers = new SendBuffers({ sessions, limits, clock, logger, end });
    this.channels = new LiveChannels({ log, history, broker, clock, logger, telemetry });
    const { channels } = this;
    this.presence = new Presence({ store, broker, clock, logger });
    const { presence } = this;
    this.reader = new Reader({ log, history, channels, broker, namespaces, clock });
    const onChange: OnSubscription = (...change) => this.#subscriptionChanged.tell(...change);
    const parts = { channels, namespaces, presence, limits, clock, telemetry, logger, onChange };
    this.#subscriptions = new Subscriptions(parts);
    this.#ephemerals = new Ephemerals({ channels, broker, clock });
    this.#presenceHeartbeat = new PresenceHeartbeat({
      store,
      logger,
      entries: () => presence.entries(),
      onLost: () => this.sessions.counts.tellAll(),
      onChange: (changed) => presence.changed(changed),
    });
    this.peers = new Peers({ broker, clock, logger, createId });
    this.#heads = new HeadComparison(channels, logger);
    this.#canary = new Canary({ channels, log, broker, clock, createId });
    this.control = new Control({
      channels,
      revocations: deps.revocations,
      publish: (publication) => this.publish(publication),
      sessions,
      end,
      review: (session) => this.#subscriptions.review(session),
      logger,
    });
  }

  /** To be called once before the first session. Never rejects: the database may come later. */
  async start(): Promise<void> {
    await this.sessions.counts.listen();
    await this.control.heal();
  }

  /** A new, not yet identified session. */
  open(transport: Transport): Session {
    return this.sessions.add(new Session(this.#deps.createId(), transport, this.#deps.clock));
  }

  /** Ends everything the session holds. Called by its transport when the connection has gone, on either side's demand. */
  close(session: Session): void {
    if (session.closed) return;
    this.#subscriptions.deleteAll(session);
    this.sessions.delete(session);
    this.#sessionEnded.tell(session);
  }

  /** Hands every session of this process that ends to `listener`, until disposed. The listener must not throw. */
  onSessionEnd(listener: (session: Session) => void): Disposable {
    return this.#sessionEnded.add(listener);
  }

  /**
   * Makes `principal` the identity of the session, the first time or as a refresh of the same user. A refresh asks
   * every rule again (R3). Throws `forbidden`, `too_many_connections`, `token_revoked`, `not_ready`.
   */
  async identify(session: Session, principal: Principal): Promise<void> {
    this.control.check(principal);
    this.sessions.identify(session, principal);
    if (session.subscriptions.size > 0) await this.#subscriptions.review(session);
    if (session.closed) return;
    this.#identified.tell(session);
  }

  /** Hands every live session of this process to `listener` whenever it is identified. As `onSessionEnd`. */
  onIdentified(listener: (session: Session) => void): Disposable {
    return this.#identified.add(listener);
  }

  /** Hands every session of this process that begins or ends to read a channel to `listener`. As `onSessionEnd`. */
  onSubscription(listener: OnSubscription): Disposable {
    return this.#subscriptionChanged.add(listener);
  }

  /**
   * Subscribes the session; `reply` is called once before the first publication (R1, R3). Throws AppError
   * `unauthenticated`, `unknown_channel`, `forbidden`, `too_many_channels`, `database_unavailable`.
   */
  subscribe(
    session: Session,
    wireName: string,
    since: Position | undefined,
    reply: (answer: Subscribed) => void,
  ): Promise<void> {
    return this.#subscriptions.add(session, wireName, since, reply);
  }

  /** Whether there was a subscription to end. */
  unsubscribe(session: Session, wireName: string): boolean {
    return this.#subscriptions.delete(session, wireName);
  }

  /**
   * Hands an ephemeral frame to the readers of the moment, in all processes, at most once. Throws `payload_too_large`.
   */
  whisper(ephemeral: NewEphemeral): void {
    this.#ephemerals.send(ephemeral);
  }

  /** Appends to the log, then delivers (R1). Throws `payload_too_large`, `database_unavailable`. */
  async publish(publication: NewPublication): Promise<Receipt> {
    const [receipt] = await this.publishAll([publication]);
    if (!receipt) throw new Error('The event log answered without a publication.');
    return receipt;
  }

  /** All or none, in one append; the receipts are in the order given. */
  async publishAll(publications: readonly NewPublication[]): Promise<readonly Receipt[]> {
    return this.announce(await this.#deps.log.append(publications.map((each) => this.drafts.of(each))));
  }

  /** Delivers publications that are committed in the log, here and in the other processes. Repeated ones are known. */
  announce(publications: readonly Appended[]): readonly Receipt[] {
    const receipts = publications.map((publication) => {
      const live = this.channels.get(publication.channel);
      if (publication.repeated) live?.hearOf(publication);
      else live?.accept(publication);
      return { publication, delivered: live?.subscribers.size ?? 0 };
    });
    const added = publications.filter(({ repeated }) => !repeated);
    if (added.length > 0) this.broker.announce(added);
    for (const { channel } of added) this.#deps.onPublished?.(channel);
    this.#telemetry.published(added.length, added);
    return receipts;
  }

  /**
   * Compares the heads of all live channels with the log, which finds the publications that a broker lost. Never
   * rejects.
   */
  checkHeads(): Promise<void> {
    return this.#heads.run();
  }

  /**
   * R6: resolves when a publication of our own came the whole way through log, broker and manager, and it is known
   * which tokens were withdrawn.
   */
  async checkReady(): Promise<void> {
    await this.#canary.check();
    await this.control.checkReady();
  }

  /** R1, R3: makes up for a time in which this process heard nothing and had no session. Never rejects. */
  async catchUp(): Promise<void> {
    await Promise.all([this.control.reread(), this.checkHeads()]);
  }

  /** Tells the other processes that this one lives, and hears of those that do not. Never rejects. */
  async beat(): Promise<void> {
    await this.#presenceHeartbeat.beat();
    await this.control.heal();
  }

  /**
   * Pings silent sessions, and closes those that are expired, gone or never identified. One pass, no timer per client.
   * `lateMs` is the time in which this process did not run, and so could hear nobody.
   */
  sweep(lateMs = 0): void {
    this.sessions.sweep(lateMs);
    this.sendBuffers.look();
    this.presence.sweep();
  }

  /**
   * Ends the session: tells the client why, unless it `isTold`, then has its transport end the connection. Does nothing for a session that is ending.
   */
  disconnect(session: Session, reason: CloseReason, isTold = false): void {
    this.#endings.end(session, reason, isTold);
  }

  /** Gateways call this for every error that they send. */
  refused(code: ErrorCode, about?: RefusalFacts): void {
    this.#telemetry.refused(code, about);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.sessions.counts[Symbol.dispose]();
    this.channels.close();
    await this.broker[Symbol.asyncDispose]();
  }

  #hear(channel: string, text: string): void {
    const signal = parseSignal(text);
    if (signal?.kind === 'presence') this.presence.heard(channel);
    else if (signal?.kind === 'part') this.peers.heard(signal.part);
    else if (signal?.kind === 'connections') this.sessions.counts.heard(signal.users);
    else if (signal) this.#ephemerals.heard(channel, signal);
  }
}

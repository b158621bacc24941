import { AppError } from '../errors.ts';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../logger.ts';
import type { CloseReason, ErrorCode } from '../protocol/codes.ts';
import { formatPosition, type Position } from '../protocol/position.ts';
import { errorFrame } from '../protocol/server-frames.ts';
import { Canary } from './canary.ts';
import { History } from './history.ts';
import type { Limits } from './limits.ts';
import type { LiveChannel } from './live-channel.ts';
import { LiveChannels } from './live-channels.ts';
import { type Namespace, NamespaceRegistry, type ResolvedChannel } from './namespace.ts';
import type { NewPublication, Receipt } from './new-publication.ts';
import { encodeData } from './payload.ts';
import type { Broker, ConnectBroker } from './ports/broker.ts';
import type { Appended, Draft, EventLog } from './ports/event-log.ts';
import { noTelemetry, type Telemetry } from './ports/telemetry.ts';
import type { Transport } from './ports/transport.ts';
import type { Principal } from './principal.ts';
import { joinSince, positionOf, readSince, type Subscribed, type SyncResult } from './recovery.ts';
import { Session } from './session.ts';
import { SessionRegister } from './session-register.ts';
import { positionBefore } from './time-search.ts';

export interface ManagerDeps {
  readonly log: EventLog;
  readonly connectBroker: ConnectBroker;
  readonly namespaces: Iterable<Namespace>;
  readonly limits: Limits;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly telemetry?: Telemetry;
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
  readonly #history: History;
  readonly #canary: Canary;
  readonly #telemetry: Telemetry;
  readonly #deps: ManagerDeps;

  constructor(deps: ManagerDeps) {
    this.#deps = deps;
    this.sessions = new SessionRegister(deps);
    this.namespaces = new NamespaceRegistry(deps.namespaces);
    this.#telemetry = deps.telemetry ?? noTelemetry;
    this.#history = new History(deps.log);
    this.broker = deps.connectBroker({
      onPublication: (publication) => this.channels.get(publication.channel)?.accept(publication),
      onPosition: (channel, position) => this.channels.get(channel)?.hearOf(position),
      onGap: () => void this.checkHeads(),
    });
    const shared = { ...deps, broker: this.broker, history: this.#history, telemetry: this.#telemetry };
    this.channels = new LiveChannels(shared);
    this.#canary = new Canary({ ...shared, channels: this.channels });
  }

  /** A new, not yet identified session. */
  open(transport: Transport): Session {
    return this.sessions.add(new Session(this.#deps.createId(), transport, this.#deps.clock.now()));
  }

  /** Ends everything the session holds. Called by its gateway when the connection has gone. */
  close(session: Session): void {
    if (session.closed) return;
    this.sessions.delete(session);
    for (const [wireName, live] of session.subscriptions) this.#leave(session, wireName, live);
  }

  /**
   * Makes `principal` the identity of the session, the first time or as a refresh of the same user. A refresh asks
   * every rule again; subscriptions that are denied now end with an `unsubscribed` frame that says so (R3).
   */
  async identify(session: Session, principal: Principal): Promise<void> {
    this.sessions.identify(session, principal);
    for (const [wireName, live] of [...session.subscriptions]) {
      const denial = await this.#denial(principal, wireName);
      if (!denial || session.closed) continue;
      this.#leave(session, wireName, live);
      session.transport.send({ type: 'unsubscribed', channel: wireName, code: denial });
    }
  }

  /**
   * Subscribes the session; `reply` is called once before the first publication (R1, R3). Throws AppError
   * `unauthenticated`, `unknown_channel`, `forbidden`, `too_many_channels`, `invalid_frame`, `database_unavailable`.
   */
  async subscribe(
    session: Session,
    wireName: string,
    since: string | undefined,
    reply: (answer: Subscribed) => void,
  ): Promise<void> {
    const position = positionOf(since);
    const channel = await this.#readable(session, wireName);
    const current = session.subscriptions.get(wireName);
    if (current && !position) return reply({ position: formatPosition(current.position) });
    if (current) this.#leave(session, wireName, current);
    const { channelsPerSession } = this.#deps.limits;
    if (session.subscriptions.size >= channelsPerSession) {
      throw new AppError('too_many_channels', `A session may have ${channelsPerSession} subscriptions.`);
    }
    const live = this.channels.hold(channel);
    try {
      await live.opened;
      if (session.closed) return;
      const outcome = await joinSince(session, live, position, reply);
      if (outcome) this.#telemetry.recovered(outcome);
      // It may have ended in the turn in which it joined.
      if (session.closed) live.leave(session);
      else if (live.subscribers.has(session)) session.subscriptions.set(wireName, live);
    } finally {
      if (!live.subscribers.has(session)) this.channels.release(live);
    }
  }

  /** Whether there was a subscription to end. */
  unsubscribe(session: Session, wireName: string): boolean {
    const live = session.subscriptions.get(wireName);
    if (live) this.#leave(session, wireName, live);
    return live !== undefined;
  }

  /** A page of a channel's history, under the same rule as a subscription. */
  async sync(
    session: Session,
    wireName: string,
    since: string | undefined,
    limit: number,
  ): Promise<SyncResult> {
    const position = positionOf(since);
    return this.history(session.identified(this.#deps.clock.now()), wireName, position, limit);
  }

  /** The same without a session. */
  async history(
    principal: Principal,
    wireName: string,
    since: Position | undefined,
    limit: number,
  ): Promise<SyncResult> {
    return readSince(this.#history, await this.namespaces.readable(wireName, principal), since, limit);
  }

  /** The position after which everything published at `time` (milliseconds since the Unix epoch) or later follows. */
  async positionBefore(principal: Principal, wireName: string, time: number): Promise<Position> {
    const { name } = await this.namespaces.readable(wireName, principal);
    return positionBefore(this.#deps.log, name, time);
  }

  /** A publication by a client's own frame, where the namespace allows it. */
  async publishFrom(
    session: Session,
    frame: { channel: string; type: string; data: unknown },
  ): Promise<Receipt> {
    const principal = session.identified(this.#deps.clock.now());
    const { name } = await this.namespaces.writable(frame.channel, principal);
    const { type, data } = frame;
    return this.publish({ channel: name, type, data, sourceUserId: principal.userId });
  }

  /** Appends to the log, then delivers (R1). Throws `payload_too_large`, `database_unavailable`. */
  async publish(publication: NewPublication): Promise<Receipt> {
    const [receipt] = await this.publishAll([publication]);
    if (!receipt) throw new Error('The event log answered without a publication.');
    return receipt;
  }

  /** All or none, in one append; answers in the order given. */
  async publishAll(publications: readonly NewPublication[]): Promise<readonly Receipt[]> {
    return this.announce(await this.#deps.log.append(publications.map((each) => this.draft(each))));
  }

  /** What a publication looks like to the log; for a caller that appends in its own transaction. */
  draft({ data, ...rest }: NewPublication): Draft {
    const json = encodeData(data, this.#deps.limits.publicationBytes);
    return { ...rest, id: this.#deps.createId(), data: json };
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
    this.#telemetry.published(added.length);
    return receipts;
  }

  /** Compares the heads of all live channels with the log; what a broker lost is thus found. Never rejects. */
  async checkHeads(): Promise<void> {
    try {
      await this.channels.checkHeads();
    } catch (error) {
      this.#deps.logger.warn({ err: error }, 'heads not compared');
    }
  }

  /** R6: resolves when a publication of our own came the whole way through log, broker and manager. */
  checkReady(): Promise<void> {
    return this.#canary.check();
  }

  /** Pings the silent and closes whoever is expired, gone or never said who they are. One pass, no timer per client. */
  sweep(): void {
    this.sessions.sweep((session, reason) => this.disconnect(session, reason));
  }

  /** Tells the client why, then closes. */
  disconnect(session: Session, reason: CloseReason): void {
    if (reason === 'expired') session.transport.send(errorFrame('token_expired', 'The token has expired.'));
    if (reason === 'auth_timeout') {
      session.transport.send(errorFrame('auth_timeout', 'Nobody was identified in the time allowed.'));
    }
    session.transport.disconnect(reason);
  }

  /** To be called once by every transport that ends its session, whoever asked for it. */
  ended(reason: CloseReason): void {
    this.#telemetry.disconnected(reason);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.channels.close();
    await this.broker[Symbol.asyncDispose]();
  }

  #readable(session: Session, wireName: string): Promise<ResolvedChannel> {
    return this.namespaces.readable(wireName, session.identified(this.#deps.clock.now()));
  }

  /** Why the subscription may not stay. A rule that cannot be asked denies: the client subscribes again (R3). */
  #denial(principal: Principal, wireName: string): Promise<ErrorCode | undefined> {
    return this.namespaces.readable(wireName, principal).then(
      () => undefined,
      (error: unknown) => AppError.from(error).code,
    );
  }

  #leave(session: Session, wireName: string, live: LiveChannel): void {
    session.subscriptions.delete(wireName);
    live.leave(session);
    this.channels.release(live);
  }
}

import { AppError } from '../../errors.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../logger.ts';
import type { ErrorCode } from '../../protocol/wire/codes.ts';
import type { Position } from '../../protocol/wire/position.ts';
import type { LiveChannel } from '../channels/live-channel.ts';
import type { LiveChannels } from '../channels/live-channels.ts';
import type { NamespaceRegistry } from '../channels/namespace.ts';
import type { Telemetry } from '../ports/telemetry.ts';
import type { Presence } from '../presence/presence.ts';
import type { Limits } from '../sessions/limits.ts';
import type { Session } from '../sessions/session.ts';
import { joinAtHead, joinSince } from './joining.ts';
import type { Subscribed } from './recovery.ts';

/** `resumed`: from a position; `ended`: with its session. `live` is the channel, as it is after the change. */
export type OnSubscription = (
  session: Session,
  wireName: string,
  live: LiveChannel,
  change: 'subscribed' | 'resumed' | 'unsubscribed' | 'ended',
) => void;

interface SubscriptionsDeps {
  readonly channels: LiveChannels;
  readonly namespaces: NamespaceRegistry;
  readonly presence: Presence;
  readonly limits: Limits;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  readonly logger: Logger;
  /** Called when a session has begun or ended to read a channel. */
  readonly onChange: OnSubscription;
}

/** The subscriptions of all sessions, each allowed by the rule of its channel (R3). */
export class Subscriptions {
  readonly #deps: SubscriptionsDeps;

  constructor(deps: SubscriptionsDeps) {
    this.#deps = deps;
  }

  /** Does the work of `RealtimeManager.subscribe`. */
  async add(
    session: Session,
    wireName: string,
    since: Position | undefined,
    reply: (answer: Subscribed) => void,
  ): Promise<void> {
    const { channels, namespaces, limits, clock, telemetry } = this.#deps;
    const allowed = namespaces.readableNow(wireName, session.identified(clock.now()));
    const channel = allowed instanceof Promise ? await allowed : allowed;
    const current = session.subscriptions.get(wireName);
    if (current && !since) return reply({ position: current.position });
    if (current) this.#end(session, wireName, current);
    const { channelsPerSession } = limits;
    if (session.subscriptions.size >= channelsPerSession) {
      throw new AppError('too_many_channels', `A session may have ${channelsPerSession} subscriptions.`);
    }
    const live = channels.hold(channel);
    try {
      if (!live.isOpen) await live.opened;
      if (session.closed) return;
      const outcome = since ? await joinSince(session, live, since, reply) : joinAtHead(session, live, reply);
      if (outcome) telemetry.recovered(outcome);
      // It may have ended in the turn in which it joined.
      if (session.closed) live.leave(session);
      else if (live.subscribers.has(session))
        this.#begin(session, wireName, live, outcome === 'recovered' ? 'resumed' : 'subscribed');
    } finally {
      if (!live.subscribers.has(session)) channels.release(live);
    }
  }

  /** Whether there was a subscription to end. */
  delete(session: Session, wireName: string): boolean {
    const live = session.subscriptions.get(wireName);
    if (live) this.#end(session, wireName, live);
    return live !== undefined;
  }

  deleteAll(session: Session): void {
    for (const [wireName, live] of session.subscriptions) this.#end(session, wireName, live, 'ended');
  }

  /** Asks every rule again; subscriptions that are denied now end with an `unsubscribed` frame that says so (R3). */
  async review(session: Session): Promise<void> {
    for (const [wireName, live] of [...session.subscriptions]) {
      const denial = await this.#denial(session, wireName, live.name);
      if (!denial || session.subscriptions.get(wireName) !== live) continue;
      this.#end(session, wireName, live);
      session.transport.send({ type: 'unsubscribed', channel: wireName, code: denial });
    }
  }

  /**
   * Returns the code for which the subscription may not stay. A rule that cannot be asked denies, and its error is logged:
   * the client subscribes again (R3).
   */
  #denial({ id, principal }: Session, wireName: string, name: string): Promise<ErrorCode | undefined> {
    if (!principal) return Promise.resolve('unauthenticated');
    return this.#deps.namespaces.readable(wireName, principal).then(
      // A personal channel of somebody else: the session named nobody until now.
      (channel) => (channel.name === name ? undefined : 'forbidden'),
      (thrown: unknown) => {
        const error = AppError.from(thrown);
        if (error.code === 'internal') {
          this.#deps.logger.error(
            { err: error, clientId: id, channel: wireName },
            'rule of a channel failed at a refresh; the subscription is ended',
          );
        }
        return error.code;
      },
    );
  }

  #begin(session: Session, wireName: string, live: LiveChannel, change: 'subscribed' | 'resumed'): void {
    session.subscriptions.add(live);
    if (live.hasPresence) this.#deps.presence.enter(session, live.name);
    this.#deps.onChange(session, wireName, live, change);
  }

  #end(
    session: Session,
    wireName: string,
    live: LiveChannel,
    change: 'unsubscribed' | 'ended' = 'unsubscribed',
  ): void {
    session.subscriptions.delete(wireName);
    live.leave(session);
    if (live.hasPresence) this.#deps.presence.leave(session, live.name);
    this.#deps.channels.release(live);
    this.#deps.onChange(session, wireName, live, change);
  }
}

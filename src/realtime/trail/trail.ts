import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../logger.ts';
import type { CloseReason } from '../../protocol/wire/close-codes.ts';
import { type ErrorCode, errorCodes } from '../../protocol/wire/codes.ts';
import type { Publication } from '../../protocol/wire/publication.ts';
import type { LiveChannel } from '../channels/live-channel.ts';
import type { RealtimeManager } from '../manager.ts';
import type { RefusalFacts } from '../ports/telemetry.ts';
import type { Principal } from '../principal.ts';
import type { Session } from '../sessions/session.ts';
import { Ring } from './ring.ts';

/** A publication that this process handed to its readers. */
export interface FanOut {
  /** Milliseconds since the Unix epoch, as in the other kinds. */
  readonly at: number;
  readonly channel: string;
  readonly epoch: string;
  readonly offset: number;
  readonly sessions: number;
}

/** A step in the life of a session. */
export interface SessionStep {
  readonly at: number;
  /** `resumed`: it began to read a channel from a position that its client gave. */
  readonly kind: 'identified' | 'subscribed' | 'resumed' | 'unsubscribed' | 'ended';
  readonly sessionId: string;
  readonly transport: string;
  readonly deviceId: string | undefined;
  readonly principal: Principal;
  /** The channel in the log, and the offset after which it is read; of a subscription that ended, where it was. */
  readonly channel: string | undefined;
  readonly epoch: string | undefined;
  readonly offset: number | undefined;
  /** The reason for which the server ended the session, where the server did. */
  readonly reason: CloseReason | undefined;
}

/** An error that was sent to somebody. */
export interface Refusal extends RefusalFacts {
  readonly at: number;
  readonly code: ErrorCode;
}

/** The number of items of each kind that are remembered. */
export const trailCapacities = { fanOuts: 20_000, steps: 20_000, refusals: 1_000, errors: 200 } as const;

/**
 * The latest events of one process, in memory: one item for each fan-out, whatever the number of readers. It says from
 * when on it is complete, so that "nothing is known" is told apart from "nothing happened".
 */
export class Trail {
  /** When the process began to remember, in milliseconds since the Unix epoch. */
  readonly startedAt: number;
  readonly fanOuts = new Ring<FanOut>(trailCapacities.fanOuts);
  readonly steps = new Ring<SessionStep>(trailCapacities.steps);
  /** Errors that a caller can avoid: limits, rights, malformed requests. */
  readonly refusals = new Ring<Refusal>(trailCapacities.refusals);
  /** Errors of the server itself. */
  readonly errors = new Ring<Refusal>(trailCapacities.errors);
  readonly #clock: Clock;
  readonly #logger: Logger;

  constructor(clock: Clock, logger: Logger) {
    this.#clock = clock;
    this.#logger = logger;
    this.startedAt = clock.now();
  }

  /** All fan-outs since this time are remembered. */
  get fanOutsSince(): number {
    return this.fanOuts.isFull ? (this.fanOuts.oldest?.at ?? this.startedAt) : this.startedAt;
  }

  get stepsSince(): number {
    return this.steps.isFull ? (this.steps.oldest?.at ?? this.startedAt) : this.startedAt;
  }

  /** Remembers the sessions of the manager from now on. */
  watch(manager: RealtimeManager): Disposable {
    const owned = new DisposableStack();
    owned.use(manager.onIdentified((session) => this.#step('identified', session)));
    owned.use(
      manager.onSubscription((session, _wireName, live, change) => {
        // The end of the session, which follows, says it of all its subscriptions.
        if (change !== 'ended') this.#step(change, session, live);
      }),
    );
    owned.use(manager.onSessionEnd((session) => this.#step('ended', session)));
    return owned;
  }

  delivered(sessions: number, { id, channel, epoch, offset }: Publication): void {
    this.fanOuts.push({ at: this.#clock.now(), channel, epoch, offset, sessions });
    if (this.#logger.isLevelEnabled('debug'))
      this.#logger.debug({ publicationId: id, channel, offset, sessions }, 'publication delivered');
  }

  published({ id, channel, offset, type }: Publication): void {
    if (this.#logger.isLevelEnabled('debug'))
      this.#logger.debug({ publicationId: id, channel, offset, type }, 'publication added to the log');
  }

  refused(code: ErrorCode, facts: RefusalFacts = {}): void {
    const ring = errorCodes[code].status >= 500 ? this.errors : this.refusals;
    ring.push({ at: this.#clock.now(), code, ...facts });
  }

  #step(kind: SessionStep['kind'], session: Session, live?: LiveChannel): void {
    const { id: sessionId, principal, transport, endReason: reason } = session;
    if (!principal) return;
    // One shape for all, without parts that are spread into it: twenty thousand of them stay in memory.
    const step: SessionStep = {
      at: this.#clock.now(),
      kind,
      sessionId,
      transport: transport.gateway.name,
      deviceId: transport.client?.deviceId,
      principal,
      channel: live?.name,
      epoch: live?.position.epoch,
      offset: live && (live.subscribers.get(session) ?? live.position.offset),
      reason,
    };
    this.steps.push(step);
    if (!this.#logger.isLevelEnabled('debug')) return;
    const { userId, role } = principal;
    const about = { clientId: sessionId, transport: step.transport, userId, reason };
    const { channel, epoch, offset } = step;
    const more = kind === 'identified' ? { role } : { channel, epoch, offset };
    this.#logger.debug({ ...about, ...more }, messages[kind]);
  }
}

const messages: Readonly<Record<SessionStep['kind'], string>> = {
  identified: 'session identified',
  subscribed: 'session subscribed',
  resumed: 'session subscribed from a position',
  unsubscribed: 'session unsubscribed',
  ended: 'session ended',
};

import { AppError } from '../errors.ts';
import type { CloseReason } from '../protocol/codes.ts';
import type { Position } from '../protocol/position.ts';
import type { Exclusion } from '../protocol/publication.ts';
import { isExcluded } from './exclusion.ts';
import type { LiveChannel } from './live-channel.ts';
import type { Subscriber, Transport } from './ports/transport.ts';
import type { Principal } from './principal.ts';

/**
 * One live client, whatever the transport. Holds facts only; `RealtimeManager` changes them. Ten thousand of these
 * live in one process: lazily made parts stay undefined until they are needed.
 */
export class Session implements Subscriber {
  readonly id: string;
  readonly transport: Transport;
  readonly openedAt: number;
  /** When the peer last gave a sign of life: a frame, a ping or a pong. */
  heardAt: number;
  principal: Principal | undefined;
  closed = false;
  /** Why the server ended it, where it did. */
  endReason: CloseReason | undefined;
  /** Whether it counts against the limit of its user. */
  counted = false;
  /** By wire name. */
  readonly subscriptions = new Map<string, LiveChannel>();

  constructor(id: string, transport: Transport, now: number) {
    this.id = id;
    this.transport = transport;
    this.openedAt = now;
    this.heardAt = now;
  }

  /** The principal; throws `unauthenticated` or `token_expired`. */
  identified(now: number): Principal {
    if (!this.principal) throw new AppError('unauthenticated', 'Send an auth frame first.');
    if (isExpired(this.principal, now)) throw new AppError('token_expired', 'The token has expired.');
    return this.principal;
  }

  isExcluded(exclude: Exclusion | undefined, began: Position): boolean {
    if (exclude === undefined) return false;
    return isExcluded(exclude, { sessionId: this.id, userId: this.principal?.userId }, began);
  }

  /** Why this session has to go by now, if it has to. `silent` marks one that owes a sign of life. */
  verdict(now: number, deadlines: Deadlines): CloseReason | 'silent' | undefined {
    const silence = now - this.heardAt;
    if (silence >= 2 * deadlines.heartbeatMs) return 'no_pong';
    if (this.principal ? isExpired(this.principal, now) : false) return 'expired';
    if (!this.principal && now - this.openedAt >= deadlines.authTimeoutMs) return 'auth_timeout';
    return silence >= deadlines.heartbeatMs ? 'silent' : undefined;
  }
}

interface Deadlines {
  readonly heartbeatMs: number;
  readonly authTimeoutMs: number;
}

function isExpired(principal: Principal, now: number): boolean {
  return principal.expiresAt !== undefined && now >= principal.expiresAt;
}

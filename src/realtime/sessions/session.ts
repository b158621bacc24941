import { AppError } from '../../errors.ts';
import type { Clock } from '../../lib/clock.ts';
import type { CloseReason } from '../../protocol/wire/close-codes.ts';
import type { Position } from '../../protocol/wire/position.ts';
import type { Subscriber, Transport } from '../ports/transport.ts';
import type { Principal } from '../principal.ts';
import { OwnChannels } from './own-channels.ts';

/** The position that a client gave for a channel, and what this process had sent it by then. */
export interface ToldPosition extends Position {
  readonly sent: number;
  /** Milliseconds since the Unix epoch. */
  readonly at: number;
}

/**
 * One live client, whatever the transport. Holds facts only; `RealtimeManager` changes them. Ten thousand of these
 * live in one process: lazily made parts stay undefined until they are needed.
 */
export class Session implements Subscriber {
  readonly id: string;
  readonly transport: Transport;
  /** Milliseconds since the Unix epoch. */
  readonly openedAt: number;
  /** When the peer last gave a sign of life (a frame, a ping or a pong), on the monotonic clock. */
  heardAt: number;
  /** The start of the time to identify somebody, on the monotonic clock. */
  expectedSince: number;
  principal: Principal | undefined;
  closed = false;
  /** The reason for which the server ended it, if the server did. */
  endReason: CloseReason | undefined;
  /** Whether it counts against the limit of its user. */
  counted = false;
  readonly subscriptions = new OwnChannels();
  /** The positions that the client gave, by wire name; from the first one on. */
  told: Map<string, ToldPosition> | undefined;
  /** Without a ping until then, a position behind what was sent no longer says where the client is. */
  toldUntil = 0;

  constructor(id: string, transport: Transport, clock: Pick<Clock, 'now' | 'monotonic'>) {
    this.id = id;
    this.transport = transport;
    this.openedAt = clock.now();
    this.heardAt = clock.monotonic();
    this.expectedSince = this.heardAt;
  }

  /** The principal; throws `unauthenticated` or `token_expired`. */
  identified(now: number): Principal {
    if (!this.principal) throw new AppError('unauthenticated', 'Send an auth frame first.');
    if (isExpired(this.principal, now)) throw new AppError('token_expired', 'The token has expired.');
    return this.principal;
  }

  get sessionId(): string {
    return this.id;
  }

  get userId(): string | undefined {
    return this.principal?.userId;
  }

  /** Leaves `ms` out of every deadline: the process did not run, so nothing could be heard. */
  forgive(ms: number, monotonic: number): void {
    this.heardAt = Math.min(monotonic, this.heardAt + ms);
    this.expectedSince = Math.min(monotonic, this.expectedSince + ms);
  }

  /** The reason for which this session has to end now, if it has to. `silent` marks one that owes a sign of life. */
  verdict(now: number, monotonic: number, deadlines: Deadlines): CloseReason | 'silent' | undefined {
    const silence = monotonic - this.heardAt;
    if (silence >= 2 * deadlines.heartbeatMs) return 'no_pong';
    if (this.principal ? isExpired(this.principal, now) : false) return 'expired';
    if (!this.principal && monotonic - this.expectedSince >= deadlines.authTimeoutMs) return 'auth_timeout';
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

import type { Authenticator } from '../../auth/authenticator.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../logger.ts';
import type { ControlFrame } from '../../protocol/frames/server-frames.ts';
import type { FrameId } from '../../protocol/wire/frame-id.ts';
import type { RealtimeManager } from '../../realtime/manager.ts';
import type { Gateway } from '../../realtime/ports/transport.ts';
import type { Principal } from '../../realtime/principal.ts';
import type { Limits } from '../../realtime/sessions/limits.ts';
import type { Session } from '../../realtime/sessions/session.ts';
import type { OriginRules } from '../callers/origin.ts';
import type { OwnFrames } from './own-frames.ts';

/** The services that all sockets of one gateway share. */
export interface Host extends Gateway {
  readonly manager: RealtimeManager;
  readonly authenticator: Authenticator;
  /** Pages that may connect, besides this server's own. */
  readonly origins: OriginRules;
  /** Channels that a session reads, unasked, from the moment it is identified. */
  autoSubscribe?(principal: Principal): readonly string[] | Promise<readonly string[]>;
  /** The frames that domains add to every socket. */
  readonly frames: OwnFrames;
  readonly limits: Limits;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** The services of a gateway of sockets. */
export type HostDeps = Pick<
  Host,
  'manager' | 'authenticator' | 'origins' | 'frames' | 'limits' | 'clock' | 'logger'
>;

/** The subject of a frame, repeated in the error of its reply. */
export interface About {
  readonly id?: FrameId | undefined;
  readonly channel?: string | undefined;
}

/** The sender of a frame and the way of the reply, as the handlers of frames see them. */
export interface Peer {
  readonly host: Host;
  readonly session: Session;
  send(frame: ControlFrame): void;
  /** Sends a frame that is JSON text already. */
  reply(type: string, text: string): void;
  /** Sends an error frame, paid from the error budget; when that is spent the socket goes (R4). */
  fail(thrown: unknown, about?: About): void;
  /** The same, not paid from the error budget: for the further errors of one frame. */
  tell(thrown: unknown, about?: About): void;
}

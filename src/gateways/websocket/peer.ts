import type { Authenticator } from '../../auth/authenticator.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../logger.ts';
import type { FrameId } from '../../protocol/client-frames.ts';
import type { CloseReason } from '../../protocol/codes.ts';
import type { ControlFrame } from '../../protocol/server-frames.ts';
import type { Limits } from '../../realtime/limits.ts';
import type { RealtimeManager } from '../../realtime/manager.ts';
import type { Gateway } from '../../realtime/ports/transport.ts';
import type { Session } from '../../realtime/session.ts';

/** What all sockets of a process share. */
export interface Host extends Gateway {
  readonly manager: RealtimeManager;
  readonly authenticator: Authenticator;
  readonly limits: Limits;
  readonly clock: Clock;
  readonly logger: Logger;
  /** To be called when bytes queue behind somebody, with how many characters were just sent. */
  suspectSlowReaders(characters: number): void;
}

/** What a frame concerns, repeated in the error that answers it. */
export interface About {
  readonly id?: FrameId | undefined;
  readonly channel?: string | undefined;
}

/** The client at the other end of one socket, as the handlers of its frames see it. */
export interface Peer {
  readonly host: Host;
  readonly session: Session;
  send(frame: ControlFrame): void;
  /** A frame that is JSON text already. */
  sendText(text: string): void;
  /** Answers with an error frame, paid from the error budget; when that is spent the socket goes (R4). */
  fail(thrown: unknown, about?: About): void;
  disconnect(reason: CloseReason): void;
}

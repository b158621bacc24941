import { type ControlFrame, errorFrame } from '../../protocol/frames/server-frames.ts';
import type { CloseReason } from '../../protocol/wire/close-codes.ts';
import type { Telemetry } from '../ports/telemetry.ts';
import type { Session } from './session.ts';

/** The frame before a close that a code alone would not explain. */
const closingFrames: { readonly [R in CloseReason]?: ControlFrame } = {
  expired: errorFrame('token_expired', 'The token has expired.'),
  auth_timeout: errorFrame('auth_timeout', 'Nobody was identified in the time allowed.'),
  revoked: errorFrame('token_revoked', 'The token has been withdrawn.'),
};

/** The one way by which the server ends a session. Each is ended, noted and counted once. */
export class Endings {
  readonly #telemetry: Pick<Telemetry, 'disconnected'>;

  constructor(telemetry: Pick<Telemetry, 'disconnected'>) {
    this.#telemetry = telemetry;
  }

  /** Tells the client why, unless it is told already, and ends the connection. Of two reasons the first counts. */
  end(session: Session, reason: CloseReason, isTold: boolean): void {
    if (session.closed || session.endReason) return;
    session.endReason = reason;
    this.#telemetry.disconnected(reason);
    const frame = isTold ? undefined : closingFrames[reason];
    if (frame) session.transport.send(frame);
    session.transport.disconnect(reason);
  }
}

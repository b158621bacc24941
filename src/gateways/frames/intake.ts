import { AppError } from '../../errors.ts';
import type { CloseReason } from '../../protocol/codes.ts';
import { type ControlFrame, errorFrame } from '../../protocol/server-frames.ts';
import { RateLimit } from '../../realtime/rate-limit.ts';
import type { Session } from '../../realtime/session.ts';
import type { About, Host } from './peer.ts';

export interface Refusal {
  readonly frame: ControlFrame;
  /** Why the session has to end now, if it has to. */
  readonly end: CloseReason | undefined;
}

/** What one session may send in a minute, rightly and wrongly (R4). */
export class Intake {
  readonly #host: Host;
  readonly #session: Session;
  readonly #frames: RateLimit;
  readonly #errors: RateLimit;

  constructor(host: Host, session: Session) {
    this.#host = host;
    this.#session = session;
    this.#frames = new RateLimit(host.limits.framesPerMinute, session.openedAt);
    this.#errors = new RateLimit(host.limits.errorsPerMinute, session.openedAt);
  }

  /** A frame came: answers what it is refused with, where there were too many. */
  hear(): AppError | undefined {
    const now = this.#host.clock.now();
    this.#session.heardAt = now;
    const retryAfterMs = this.#frames.take(now);
    if (retryAfterMs === 0) return undefined;
    return new AppError('rate_limited', 'Too many frames in a minute.', { retryAfterMs });
  }

  /** The answer to a frame that failed, paid from the error budget. */
  refuse(thrown: unknown, about: About = {}): Refusal {
    const error = AppError.from(thrown);
    this.#host.manager.refused(error.code);
    this.#log(error);
    const { code, message, retryAfterMs } = error;
    const frame = errorFrame(code, message, { ...about, retryAfterMs });
    const isSpent = this.#errors.take(this.#host.clock.now()) > 0;
    if (code === 'too_many_connections') return { frame, end: code };
    return { frame, end: isSpent ? 'too_many_requests' : undefined };
  }

  #log(error: AppError): void {
    const { id, principal } = this.#session;
    const entry = { clientId: id, userId: principal?.userId, code: error.code };
    if (error.code === 'internal') this.#host.logger.error({ ...entry, err: error.cause }, 'a frame failed');
    else this.#host.logger.debug({ ...entry, err: error.cause }, 'a frame was refused');
  }
}

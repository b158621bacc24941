import { AppError } from '../../errors.ts';
import type { Decoded } from '../../protocol/frames/codec.ts';
import { type ControlFrame, errorFrame } from '../../protocol/frames/server-frames.ts';
import type { CloseReason } from '../../protocol/wire/close-codes.ts';
import { RateLimit } from '../../realtime/sessions/rate-limit.ts';
import type { Session } from '../../realtime/sessions/session.ts';
import type { Inbox } from './inbox.ts';
import type { About, Host } from './peer.ts';
import { Rates } from './rates.ts';

export interface Refusal {
  readonly frame: ControlFrame;
  /** The reason to end the session now; undefined leaves it open. */
  readonly end: CloseReason | undefined;
}

/** The owner of a frame throttle. Its session may be made after the throttle. */
interface Owner {
  readonly host: Host;
  readonly session: Session;
  send(frame: ControlFrame): void;
}

/** Frames of the largest size that may wait, however slow their handlers are. */
const mostFrames = 16;
/** Reading may be paused so long for a client that is too fast, before it is a flood. Milliseconds. */
const longestPauseMs = 60_000;

/**
 * The frames and the errors that one session may send in a minute (R4). A frame that comes too fast waits, and the inbox
 * with it: nothing is refused for its speed, so no refusal follows an accepted opposite. A flood ends the session.
 */
export class FrameThrottle {
  readonly #owner: Owner;
  readonly #inbox: Pick<Inbox<unknown>, 'length' | 'size'>;
  #rates: Rates | undefined;
  #errors: RateLimit | undefined;
  /** Ends the wait of the frame that is held back. */
  #release: (() => void) | undefined;
  #over = false;
  #pausedSince: number | undefined;

  constructor(owner: Owner, inbox: Pick<Inbox<unknown>, 'length' | 'size'>) {
    this.#owner = owner;
    this.#inbox = inbox;
  }

  /** The peer gave a sign of life. Returns the time on the monotonic clock. */
  heard(): number {
    const now = this.#owner.host.clock.monotonic();
    this.#owner.session.heardAt = now;
    return now;
  }

  /** Runs `handle` when the rate of the session allows the frame: at once, or later. It does not run after `stop`. */
  pace(decoded: Decoded, handle: () => void | Promise<void>): void | Promise<void> {
    const waitMs = this.#take(decoded);
    return waitMs === 0 ? handle() : this.#hold(decoded, waitMs, handle);
  }

  /** To be called when a frame came into the inbox. */
  arrived(): void {
    if (this.#isFlood()) this.#endFlood();
  }

  /** To be called when reading from the client is paused, or goes on. */
  paused(paused: boolean): void {
    this.#pausedSince = paused ? this.#owner.host.clock.monotonic() : undefined;
  }

  /** The answer to a frame that failed, paid from the error budget. */
  refuse(thrown: unknown, about: About = {}): Refusal {
    const frame = this.tell(thrown, about);
    const now = this.#owner.host.clock.monotonic();
    this.#errors ??= new RateLimit(this.#owner.host.limits.errorsPerMinute);
    const isSpent = this.#errors.take(now) > 0;
    if (AppError.from(thrown).code === 'too_many_connections') return { frame, end: 'too_many_connections' };
    return { frame, end: isSpent ? 'too_many_requests' : undefined };
  }

  /** The same without a price. */
  tell(thrown: unknown, about: About = {}): ControlFrame {
    const error = AppError.from(thrown);
    this.#note(error, about);
    const { code, message, retryAfterMs } = error;
    return errorFrame(code, message, { ...about, retryAfterMs });
  }

  /** No frame is handled from now on. */
  stop(): void {
    this.#over = true;
    this.#release?.();
  }

  #take(decoded: Decoded): number {
    const { host, session } = this.#owner;
    const now = host.clock.monotonic();
    this.#rates ??= new Rates(host.limits);
    return this.#rates.take(decoded, session, now);
  }

  async #hold(decoded: Decoded, waitMs: number, handle: () => void | Promise<void>): Promise<void> {
    if (this.#isFlood(true)) this.#endFlood();
    for (let ms = waitMs; ms > 0 && !this.#over; ms = this.#over ? 0 : this.#take(decoded)) {
      const { promise, resolve } = Promise.withResolvers<void>();
      using _timer = this.#owner.host.clock.after(ms, resolve);
      this.#release = resolve;
      await promise;
      this.#release = undefined;
      if (this.#isPausedLong()) this.#endFlood();
    }
    if (!this.#over) await handle();
  }

  /**
   * Whether more waits than in any burst that is legal: behind a frame that is held back, so that all before it is
   * answered; or in characters, of a client whose reading cannot be paused.
   */
  #isFlood(isHeld = this.#release !== undefined): boolean {
    const { framesPerMinute, channelsPerSession, frameBytes } = this.#owner.host.limits;
    const { length, size } = this.#inbox;
    return (isHeld && length > framesPerMinute + channelsPerSession) || size > mostFrames * frameBytes;
  }

  /** Large frames that come too fast pause the reading long before they are many. */
  #isPausedLong(): boolean {
    const since = this.#pausedSince;
    return since !== undefined && this.#owner.host.clock.monotonic() - since > longestPauseMs;
  }

  /** Not paid from the error budget. */
  #endFlood(): void {
    if (this.#over) return;
    const message = 'Too many frames in a minute: reconnect, and send more slowly.';
    this.#owner.send(this.tell(new AppError('rate_limited', message, { retryAfterMs: longestPauseMs })));
    this.#owner.host.manager.disconnect(this.#owner.session, 'too_many_requests');
  }

  #note(error: AppError, { channel }: About): void {
    const { host, session } = this.#owner;
    const { id, principal } = session;
    const about = { clientId: id, userId: principal?.userId, channel };
    host.manager.refused(error.code, { ...about, transport: host.name });
    const entry = { ...about, code: error.code };
    if (error.code === 'internal')
      host.logger.error(
        { ...entry, err: error.cause },
        'a frame failed; its sender gets the error `internal`',
      );
    else host.logger.debug({ ...entry, err: error.cause }, 'a frame was refused');
  }
}

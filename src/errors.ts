import { type ErrorCode, errorCodes } from './protocol/wire/codes.ts';

interface AppErrorOptions extends ErrorOptions {
  /** When the caller may try again, in milliseconds from now. */
  readonly retryAfterMs?: number;
  /** The part of a request that it is about: `publications.3.channel`. */
  readonly field?: string;
  /** Facts for programs, as JSON; shown like the message. */
  readonly details?: Readonly<Record<string, unknown>>;
  /** Whether a write may have happened all the same: its confirmation was lost. */
  readonly uncertain?: boolean;
}

/**
 * A failure with a code that clients know. `message` is shown to them, so it never carries what happened inside;
 * that goes into `cause`, which only the log sees.
 */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly retryAfterMs: number | undefined;
  readonly field: string | undefined;
  readonly details: Readonly<Record<string, unknown>> | undefined;
  readonly uncertain: boolean;

  constructor(code: ErrorCode, message: string, options: AppErrorOptions = {}) {
    super(message, options);
    this.name = 'AppError';
    this.code = code;
    this.retryAfterMs = options.retryAfterMs;
    this.field = options.field;
    this.details = options.details;
    this.uncertain = options.uncertain ?? false;
  }

  get status(): number {
    return errorCodes[this.code].status;
  }

  /** Whether the identical request can succeed later. */
  get shouldRetry(): boolean {
    return errorCodes[this.code].retry;
  }

  /** Any thrown value as an AppError: what is not one already becomes `internal`, its text kept for the log. */
  static from(thrown: unknown): AppError {
    if (thrown instanceof AppError) return thrown;
    if (thrown instanceof ExplainedError && thrown.explanation) return thrown.explanation;
    return new AppError('internal', 'Something went wrong on our side.', { cause: thrown });
  }

  /** The same for a request that writes: says so when nobody knows whether it took effect. */
  static fromWrite(thrown: unknown): AppError {
    const error = AppError.from(thrown);
    if (!error.uncertain) return error;
    const message =
      'The database was lost before it confirmed this, so it may have happened. Repeat it with the same idempotency key.';
    const { cause, retryAfterMs } = error;
    return new AppError('outcome_unknown', message, {
      cause,
      ...(retryAfterMs !== undefined && { retryAfterMs }),
    });
  }
}

/** An error that code may handle by what it is; where none does, clients get the `explanation`. */
export class ExplainedError extends Error {
  explanation: AppError | undefined;
}

/** An error with a code of the server's tables, or one of this client. The message says what to do as well. */
export class TambuliError extends Error {
  override readonly name = 'TambuliError';
  declare readonly code: string;
  /** Whether the identical attempt can succeed later without anybody changing anything. */
  declare readonly retry: boolean;
  declare readonly channel: string | undefined;
  declare readonly retryAfterMs: number | undefined;

  constructor(fault: Fault, channel?: string, cause?: unknown) {
    super(sentence(fault), { cause });
    this.code = fault.code;
    this.retry = isPassing(fault.status);
    this.channel = channel ?? fault.channel;
    this.retryAfterMs = fault.retryAfterMs;
  }
}

/** A failure as the server tells it: the range of `status` decides what is done, so that a new code needs no new client. */
export interface Fault {
  readonly code: string;
  readonly message?: string | undefined;
  /** The remedy of the server's table. */
  readonly remedy?: string | undefined;
  /** The status as over HTTP; absent when the network failed. */
  readonly status?: number | undefined;
  readonly channel?: string | undefined;
  readonly retryAfterMs?: number | undefined;
}

/** Thrown by `getToken` when the user has to sign in: the client stops, and asks no more. */
export class Unauthorized extends Error {
  override readonly name = 'Unauthorized';
}

const isPassing = (status = 503): boolean => status === 408 || status === 429 || status >= 500;

export function sentence({ code, message = `${code}.`, remedy }: Fault): string {
  return remedy ? `${message} To do: ${remedy}.` : message;
}

/** The sentences of this client's own codes. */
export const faults = {
  network: { code: 'network', message: 'The connection was lost.' },
  noAnswer: {
    code: 'no_answer',
    message: 'The server was silent.',
  },
} as const satisfies Record<string, Fault>;

/** What went wrong, with a code of the server's tables or of `ownSentences`. The message says what to do as well. */
export class TambuliError extends Error {
  override readonly name = 'TambuliError';
  readonly code: string;
  /** Whether the identical attempt can succeed later without anybody changing anything. */
  readonly retry: boolean;
  readonly channel: string | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(code: string, message: string, more: ErrorDetails = {}) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause });
    this.code = code;
    this.retry = more.retry ?? isTransient(code);
    this.channel = more.channel;
    this.retryAfterMs = more.retryAfterMs;
  }
}

interface ErrorDetails {
  readonly retry?: boolean;
  readonly channel?: string | undefined;
  readonly retryAfterMs?: number | undefined;
  readonly cause?: unknown;
}

/** Thrown by `getToken` when the user has to sign in: the client stops, and asks no more. */
export class Unauthorized extends Error {
  override readonly name = 'Unauthorized';
}

const words = (text: string): ReadonlySet<string> => new Set(text.split(' '));

/** The codes of the server's table that pass by themselves; a test compares the two. */
const transient = words(
  'rate_limited too_many_connections auth_timeout shutting_down not_ready database_unavailable outcome_unknown database_full database_read_only not_migrated identity_unavailable internal network',
);
/** The codes that another token changes. */
const tokenCodes = words('unauthenticated invalid_token token_expired token_revoked');

export const isTransient = (code: string): boolean => transient.has(code);
export const isAboutToken = (code: string): boolean => tokenCodes.has(code);

/** What a code means and what to do, as one sentence; undefined for a code that is not known here. */
export type Describe = (code: string) => string | undefined;

/** Of the codes that no server sends. */
const ownSentences: { readonly [code: string]: string } = {
  network: 'The connection was lost without a word from the server; it is opened again.',
  no_answer: 'The server gave no sign of life in time; the connection is opened again.',
  token_failed: 'getToken failed; it is asked again.',
  unauthorized: 'getToken threw Unauthorized: sign in again, then call connect() or setToken().',
  offline: 'There is no connection, so this was not sent.',
  handler_failed: 'A handler of a publication threw; the others ran, and the position moved on.',
  snapshot_failed: 'getState failed; it is called again.',
  storage_failed: 'The storage failed; positions or the outbox may not survive a reload.',
};

/** The best sentence there is: what the server said, what its table says, or the bare code. */
export function sentence(code: string, message: string | undefined, describe: Describe): string {
  const known = ownSentences[code] ?? describe(code);
  if (message === undefined) return known ?? `The server says "${code}".`;
  return known === undefined || message === known ? message : `${message} ${known}`;
}

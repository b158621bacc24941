/**
 * Every code of an error, in one place. docs/reference/codes.md prints the table; a new code needs no new client, because
 * `retry` decides what a client does, and of close codes their range.
 */

interface ErrorCodeInfo {
  /** HTTP status of the same failure over REST. */
  readonly status: number;
  /** True when the identical request can succeed later without anybody changing anything. */
  readonly retry: boolean;
  readonly meaning: string;
  readonly remedy: string;
}

export const errorCodes = {
  invalid_frame: {
    status: 400,
    retry: false,
    meaning: 'the frame is not a JSON object with a string "type", or lacks what its type needs',
    remedy: 'send one JSON object per text frame, with the fields the message names',
  },
  unknown_type: {
    status: 400,
    retry: false,
    meaning: 'no frame of this type exists',
    remedy: 'use auth, subscribe, unsubscribe, ping, pong, sync_request, history or publish',
  },
  invalid_body: {
    status: 400,
    retry: false,
    meaning: 'the request body is not of the type its header says',
    remedy: 'send valid JSON with "content-type: application/json"',
  },
  number_out_of_range: {
    status: 422,
    retry: false,
    meaning: 'a number of the body or frame is beyond what a double reaches, or too long',
    remedy: 'send it as a text; digits that a double cannot hold are kept as they are',
  },
  unsupported_media_type: {
    status: 415,
    retry: false,
    meaning: 'the request body is no uncompressed JSON in UTF-8, by its headers',
    remedy: 'send JSON with "content-type: application/json" and without "content-encoding"',
  },
  validation_failed: {
    status: 422,
    retry: false,
    meaning: 'the request body or query does not have the documented shape',
    remedy: 'correct the fields listed in "errors"; /openapi shows the schema',
  },
  unauthenticated: {
    status: 401,
    retry: false,
    meaning: 'nobody has been identified on this connection or request',
    remedy: 'send a token (or an auth frame) first',
  },
  invalid_token: {
    status: 401,
    retry: false,
    meaning: 'the token is malformed, forged, for somebody else, or lacks a required claim',
    remedy: 'obtain a token from the issuer this server trusts',
  },
  token_expired: {
    status: 401,
    retry: false,
    meaning: 'the token was good and is over',
    remedy: 'obtain a new token and send it in an auth frame',
  },
  token_revoked: {
    status: 401,
    retry: false,
    meaning: 'the token was good and has been withdrawn',
    remedy: 'sign in again',
  },
  forbidden: {
    status: 403,
    retry: false,
    meaning: 'the identity is known and not allowed to do this',
    remedy: 'use an identity whose role or tenant permits it',
  },
  unknown_channel: {
    status: 404,
    retry: false,
    meaning: 'no namespace of this server has a channel of this name',
    remedy: 'check the spelling against the list of channels',
  },
  not_found: {
    status: 404,
    retry: false,
    meaning: 'the addressed row or route does not exist',
    remedy: 'check the id or the path',
  },
  conflict: {
    status: 409,
    retry: false,
    meaning: 'the row is not in a state that permits this, is held by somebody else, or exists already',
    remedy: 'read it again, then decide; "details" holds what there is to know',
  },
  idempotency_conflict: {
    status: 422,
    retry: false,
    meaning: 'the idempotency key was used within 24 hours for a request with other content',
    remedy: 'repeat a request exactly as it was, or use a new key for a new request',
  },
  upgrade_required: {
    status: 426,
    retry: false,
    meaning: 'this address is a WebSocket, and the request did not ask for one',
    remedy: 'connect with ws:// or wss://; a proxy in between has to pass on "Upgrade" and "Connection"',
  },
  unsupported_protocol: {
    status: 400,
    retry: false,
    meaning: 'the socket offers subprotocols, and none that this server speaks',
    remedy: 'offer "tambuli.v1", or none',
  },
  method_not_allowed: {
    status: 405,
    retry: false,
    meaning: 'the path exists and does not take this method',
    remedy: 'use a method that the header "Allow" names',
  },
  payload_too_large: {
    status: 413,
    retry: false,
    meaning: 'the publication or body is larger than this server carries',
    remedy: 'send a reference instead of the content',
  },
  rate_limited: {
    status: 429,
    retry: true,
    meaning: 'more requests in a minute than are allowed, or a flood of frames, which also ends the session',
    remedy: 'wait for "retryAfterMs", then go on more slowly',
  },
  too_many_channels: {
    status: 429,
    retry: false,
    meaning: 'this session is subscribed to as many channels as are allowed',
    remedy: 'unsubscribe from what is no longer shown',
  },
  too_many_connections: {
    status: 429,
    retry: true,
    meaning: 'this user has as many live sockets, streams or waiting polls as are allowed',
    remedy: 'close an older one; a vanished one is freed within two heartbeats',
  },
  auth_timeout: {
    status: 401,
    retry: true,
    meaning: 'the socket identified nobody in the time allowed',
    remedy: 'send the auth frame as soon as the socket opens',
  },
  shutting_down: {
    status: 503,
    retry: true,
    meaning: 'this process is being replaced',
    remedy: 'come back after "Retry-After"',
  },
  file_refused: {
    status: 422,
    retry: false,
    meaning: 'what was uploaded has not the type or the size that was asked for; it is removed',
    remedy: 'ask for a new upload with the type and the size that the file has',
  },
  files_unavailable: {
    status: 503,
    retry: true,
    meaning: 'the storage of files cannot be reached, or refuses this server',
    remedy: 'come back after "Retry-After"',
  },
  no_file_store: {
    status: 501,
    retry: false,
    meaning: 'this server keeps no files',
    remedy: 'the operator has to set the variables S3_* or FILES_DIRECTORY',
  },
  not_ready: {
    status: 503,
    retry: true,
    meaning: 'this process cannot carry publications now',
    remedy: 'come back after "Retry-After", or to another instance',
  },
  database_unavailable: {
    status: 503,
    retry: true,
    meaning: 'the database cannot be reached or did not answer in time; nothing was written',
    remedy: 'come back after "Retry-After"',
  },
  outcome_unknown: {
    status: 503,
    retry: true,
    meaning: 'the database was lost before it confirmed a write, which may have happened',
    remedy: 'repeat it with the same idempotency key, or read first whether it happened',
  },
  database_full: {
    status: 503,
    retry: true,
    meaning: 'the database has no room left on its disk; nothing was written',
    remedy: 'come back later; the operator has to make room',
  },
  database_read_only: {
    status: 503,
    retry: true,
    meaning: 'the database takes no writes now: it is a standby, or was set read-only; nothing was written',
    remedy: 'come back later; the operator has to point the server at the primary',
  },
  not_migrated: {
    status: 503,
    retry: true,
    meaning: 'the tables of the database are not those of this version of the server',
    remedy: 'come back later; the operator has to run the migrations',
  },
  not_in_database: {
    status: 501,
    retry: false,
    meaning:
      'the database of the application lacks a table, column or right that this route needs, or has a rule of its own that refuses it',
    remedy: 'the message names it; the operator has to change that, or to do without this route',
  },
  identity_unavailable: {
    status: 503,
    retry: true,
    meaning:
      'the keys of the identity provider cannot be fetched, so the token can neither be trusted nor refused',
    remedy: 'come back after "Retry-After"; the token may be good',
  },
  internal: {
    status: 500,
    retry: true,
    meaning: 'a fault of this server, logged under the request id',
    remedy: 'retry once; report the request id if it stays',
  },
} as const satisfies Record<string, ErrorCodeInfo>;

export type ErrorCode = keyof typeof errorCodes;

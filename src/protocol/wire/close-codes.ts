/** The codes with which a WebSocket ends, by reason. docs/reference/codes.md prints the table. */

interface CloseCodeInfo {
  /** The WebSocket close code: 4000–4499 come back (with backoff), 4500–4999 stay away until something changed. */
  readonly code: number;
  readonly meaning: string;
}

export const closeCodes = {
  shutdown: { code: 4001, meaning: 'this process is being replaced; reconnect' },
  expired: { code: 4002, meaning: 'the token expired; reconnect with a new one' },
  slow: {
    code: 4003,
    meaning:
      'more was waiting to be read than the send buffer holds, or than all of them may; reconnect and catch up',
  },
  no_pong: { code: 4004, meaning: 'nothing was heard for two heartbeats' },
  auth_timeout: { code: 4005, meaning: 'nobody was identified in the time allowed' },
  too_many_requests: {
    code: 4008,
    meaning: 'a flood of frames, or the error budget is spent; reconnect more slowly',
  },
  too_many_connections: { code: 4009, meaning: 'this user has too many live sockets' },
  renew: {
    code: 4010,
    meaning:
      'the stream has lived its time, or was interrupted by a fault of the server; come back with the last id',
  },
  disconnected: { code: 4011, meaning: 'an administrator ended the connection; reconnect' },
  bad_protocol: { code: 4501, meaning: 'the client does not speak this protocol' },
  invalid_token: { code: 4502, meaning: 'the token given at the upgrade is not valid' },
  permission: { code: 4503, meaning: 'this identity, or a page of this origin, may not connect' },
  revoked: { code: 4504, meaning: 'the token has been withdrawn; sign in again' },
} as const satisfies Record<string, CloseCodeInfo>;

export type CloseReason = keyof typeof closeCodes;

/** The limits of one client (R4). Zero never means "unlimited": name a large number. */
export interface Limits {
  readonly socketsPerUser: number;
  /** Event streams (SSE), beside the sockets. */
  readonly streamsPerUser: number;
  /** A stream ends after at most this and its client comes back: half-open ones go, load moves. Milliseconds. */
  readonly streamLifetimeMs: number;
  /** Polls, openings of streams and publications over HTTP by one user, per minute and process; a burst is allowed. */
  readonly requestsPerMinute: number;
  /** Frames a session may send per minute; a burst of the whole minute is allowed. */
  readonly framesPerMinute: number;
  /** Error frames a session may earn per minute before it is closed with 4008. */
  readonly errorsPerMinute: number;
  readonly channelsPerSession: number;
  /** Largest frame a client may send, in bytes; larger closes the socket (1009). */
  readonly frameBytes: number;
  /** Bytes that may wait for a reader before it is closed with 4003. */
  readonly sendBufferBytes: number;
  /** Bytes that may wait for all readers of this process together; over it, the fullest are closed with 4003. */
  readonly sendBuffersTotalBytes: number;
  /** Largest `data` of one publication, in bytes of JSON. */
  readonly publicationBytes: number;
  /** Time a socket has to identify somebody, in milliseconds. */
  readonly authTimeoutMs: number;
  /** After this silence a peer is pinged, after twice this it is closed with 4004. Milliseconds. */
  readonly heartbeatMs: number;
}

/** Every time of the client, in milliseconds, and every count; one place, so that tests and documents cite it. */
export const Pause = {
  /** No loop is faster. */
  floor: 100,
  /** Doubled by every attempt; the pause is a random part of it (full jitter). */
  first: 500,
  longest: 30_000,
  /** Longest pause between tokens that the server refuses. */
  denied: 600_000,
  /** After a refusal for too many connections. */
  crowded: 60_000,
  /** From dialling to the first frame. */
  dial: 10_000,
  /** From a question after a wake to any frame; then the connection is replaced, and caught up within three seconds. */
  answer: 2_500,
  /** The same for the routine question after a silence, which a slow network may take. */
  routine: 10_000,
  /** A timer that comes later than this was held back. */
  late: 1_000,
  /** A stream that ends within this was cut by something in between. */
  brief: 1_000,
  /** Connections without a frame, or brief streams, before the next transport. */
  tries: 3,
  /** Between two trials of the first transport on a lower one. */
  probe: 60_000,
  /** A channel that nobody reads any more is left after this. */
  leave: 2_000,
  /** The tab that leads has this long to answer another one. */
  leader: 1_000,
  /** Between two polls of more channels than can wait. */
  poll: 30_000,
} as const;

/** Every time of the client, in milliseconds, and every count; read as `Pause.floor`, so that a bundler keeps no names of them. */

/** No loop is faster. */
export const floor = 100;
/** Doubled by every attempt; the pause is a random part of it (full jitter). */
export const first = 500;
export const longest: number = 30_000;
/** The pause before an attempt: over the floor, a random part of one that doubles. */
export const before = (attempt: number, random: number, cap = longest): number =>
  floor + random * Math.min(cap, first * 2 ** attempt);
/** Longest pause between tokens that the server refuses. */
export const denied = 600_000;
/** After a refusal for too many connections. */
export const crowded = 60_000;
/** From dialling to the first frame. */
export const dial = 10_000;
/** From a question after a wake to any frame; then the connection is replaced, and caught up within three seconds. */
export const answer = 2_500;
/** The same for the routine question after a silence, which a slow network may take. */
export const routine = 10_000;
/** A timer that comes later than this was held back. */
export const late = 1_000;
/** A stream that ends within this was cut by something in between. */
export const brief = 1_000;
/** Connections without a frame, or brief streams, before the next transport. */
export const tries = 3;
/** Between two trials of the first transport on a lower one. */
export const probe = 60_000;
/** A channel that nobody reads any more is left after this. */
export const leave = 2_000;
/** The tab that leads has this long to answer another one. */
export const leader = 1_000;
/** Between two polls of more channels than can wait. */
export const poll = 30_000;
/** A longer one is set in steps: a timer does not count while the device is suspended. */
export const longestTimer = 600_000;

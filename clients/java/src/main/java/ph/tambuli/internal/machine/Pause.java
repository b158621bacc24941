package ph.tambuli.internal.machine;

/** Every time of the client, in milliseconds, and every count. */
public final class Pause {
  /** No loop is faster. */
  public static final long FLOOR = 100;
  /** Doubled by every attempt; the pause is a random part of it (full jitter). */
  public static final long FIRST = 500;
  public static final long LONGEST = 30_000;
  /** Longest pause between tokens that the server refuses. */
  public static final long DENIED = 600_000;
  /** After a refusal for too many connections. */
  public static final long CROWDED = 60_000;
  /** From dialling to the first frame. */
  public static final long DIAL = 10_000;
  /** From a question after a wake to any frame; after that the connection is replaced. */
  public static final long ANSWER = 3_000;
  /** The same for the routine question after a silence, which a slow network may take. */
  public static final long ROUTINE = 10_000;
  /** A timer that comes later than this was held back. */
  public static final long LATE = 1_000;
  /** Connections without a frame before the next transport. */
  public static final int TRIES = 3;
  /** Between two trials of the first transport on a lower one. */
  public static final long PROBE = 60_000;
  /** A channel without a listener is left after this. */
  public static final long LEAVE = 2_000;
  /** Between two polls of more channels than can wait. */
  public static final long POLL = 30_000;
  /** From a request over the connection to its reply. */
  public static final long REPLY = 15_000;

  private Pause() {}

  /** The pause before the next attempt. */
  public static long backoff(int attempt, double random, long longest) {
    return FLOOR + (long) (random * Math.min(longest, FIRST << Math.min(attempt, 20)));
  }
}

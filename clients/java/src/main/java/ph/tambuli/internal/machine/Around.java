package ph.tambuli.internal.machine;

/** The world at the moment of an event. */
public final class Around {
  /** Milliseconds on the wall clock. */
  public final long now;
  /** From 0 to 1, 1 excluded. */
  public final double random;
  public final boolean online;
  /** Number of transports in use. */
  public final int transports;
  /** Longest silence before the server is asked for a sign of life. */
  public final long silenceMs;

  public Around(long now, double random, boolean online, int transports, long silenceMs) {
    this.now = now;
    this.random = random;
    this.online = online;
    this.transports = transports;
    this.silenceMs = silenceMs;
  }
}

package ph.tambuli;

/** The state of the connection at one moment. */
public final class ConnectionState {
  public enum Status {
    DISCONNECTED,
    CONNECTING,
    CONNECTED
  }

  public final Status status;
  /** {@code websocket} or {@code poll}; null while there is none. */
  public final String transport;
  /** Attempts since a publication was delivered. */
  public final int attempt;
  /** When the next attempt is made, in milliseconds since 1970; 0 when none is planned. */
  public final long retryAt;
  /** The code of the server's tables for this state; null while all is well. */
  public final String code;
  /** The sentence of the code, and what to do; null while all is well. */
  public final String reason;
  /** When the server was last heard, in milliseconds since 1970; 0 before. */
  public final long lastHeardAt;
  /** Publications that wait in the outbox. */
  public final int pending;

  public ConnectionState(
      Status status,
      String transport,
      int attempt,
      long retryAt,
      String code,
      String reason,
      long lastHeardAt,
      int pending) {
    this.status = status;
    this.transport = transport;
    this.attempt = attempt;
    this.retryAt = retryAt;
    this.code = code;
    this.reason = reason;
    this.lastHeardAt = lastHeardAt;
    this.pending = pending;
  }

  @Override
  public String toString() {
    String name = status.name().toLowerCase(java.util.Locale.ROOT);
    String over = transport == null ? "" : " by " + transport;
    return name + over + (code == null ? "" : " (" + code + ": " + reason + ")");
  }
}

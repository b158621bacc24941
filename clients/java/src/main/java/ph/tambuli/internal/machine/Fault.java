package ph.tambuli.internal.machine;

/** The reason for which there is no connection. */
public final class Fault {
  /** A code of the server's tables, or {@code network} or {@code no_answer}. */
  public final String code;
  /** The server's sentence; may be null. */
  public final String message;

  public Fault(String code, String message) {
    this.code = code;
    this.message = message;
  }
}

package ph.tambuli.internal.machine;

/** The reason for which there is no connection, and what the other side said about the next one. */
public final class Fault {
  /** A code of the server's tables, or {@code network} or {@code no_answer}. */
  public final String code;
  /** The server's sentence; may be null. */
  public final String message;
  /** The close code; 1006 where there was none. */
  final int closeCode;
  /** The pause that the server asked for, or 0. */
  final long afterMs;
  /** Only a person can change it: another token cannot be had. */
  final boolean isFinal;

  private Fault(String code, String message, int closeCode, long afterMs, boolean isFinal) {
    this.code = code;
    this.message = message;
    this.closeCode = closeCode;
    this.afterMs = afterMs;
    this.isFinal = isFinal;
  }

  /** A connection that was closed. */
  public static Fault closed(String code, String message, int closeCode, long afterMs) {
    return new Fault(code, message, closeCode, afterMs, false);
  }

  /** A token that cannot be had, or that the server refuses. */
  public static Fault ofToken(String code, String message, boolean isFinal) {
    return new Fault(code, message, 1006, 0, isFinal);
  }
}

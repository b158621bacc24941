package ph.tambuli;

/** A failure, with a code of the server's tables or of the client's own. The message says what to do as well. */
public final class TambuliException extends Exception {
  private static final long serialVersionUID = 1L;

  private final String code;
  private final String channel;
  private final boolean isTransient;

  public TambuliException(String code, String message, String channel, boolean isTransient, Throwable cause) {
    super(message, cause);
    this.code = code;
    this.channel = channel;
    this.isTransient = isTransient;
  }

  public String code() {
    return code;
  }

  /** The channel it is about, or null. */
  public String channel() {
    return channel;
  }

  /** Whether the identical attempt can succeed later without anybody changing anything. */
  public boolean isTransient() {
    return isTransient;
  }
}

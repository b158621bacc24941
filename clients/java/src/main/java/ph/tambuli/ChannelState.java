package ph.tambuli;

/** The state of a channel at one moment. */
public final class ChannelState {
  public enum Status {
    UNSUBSCRIBED,
    SUBSCRIBING,
    /** Everything up to now has been applied, and live publications follow. */
    SUBSCRIBED,
    FAILED
  }

  public final String channel;
  public final Status status;
  /** Applied by the store; null before the first one. */
  public final Position position;
  /** Whether the last return found everything that was missed; null when there was none. */
  public final Boolean recovered;
  /** The reason for which it is not subscribed; null while all is well. */
  public final TambuliException error;

  public ChannelState(
      String channel, Status status, Position position, Boolean recovered, TambuliException error) {
    this.channel = channel;
    this.status = status;
    this.position = position;
    this.recovered = recovered;
    this.error = error;
  }

  @Override
  public String toString() {
    String name = status.name().toLowerCase(java.util.Locale.ROOT);
    return channel + " " + name + (error == null ? "" : " (" + error.code() + ")");
  }
}

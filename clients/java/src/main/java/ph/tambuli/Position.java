package ph.tambuli;

/** A place in a channel's log: everything up to and including an offset, in one life of the log. */
public final class Position {
  public final String epoch;
  /** Publications count from 1; 0 is the beginning. */
  public final long offset;

  public Position(String epoch, long offset) {
    this.epoch = epoch;
    this.offset = offset;
  }

  /** The position of a text {@code epoch:offset}, or null where it is none. */
  public static Position parse(String text) {
    int colon = text == null ? -1 : text.indexOf(':');
    if (colon < 1) return null;
    try {
      return new Position(text.substring(0, colon), Long.parseLong(text.substring(colon + 1)));
    } catch (NumberFormatException malformed) {
      return null;
    }
  }

  /** Whether everything up to the other position is known here. */
  public boolean covers(Position other) {
    return epoch.equals(other.epoch) && offset >= other.offset;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Position && toString().equals(other.toString());
  }

  @Override
  public int hashCode() {
    return toString().hashCode();
  }

  @Override
  public String toString() {
    return epoch + ":" + offset;
  }
}

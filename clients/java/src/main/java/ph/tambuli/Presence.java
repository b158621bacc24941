package ph.tambuli;

import java.util.List;

/** The readers of a channel. */
public final class Presence {
  /** Everybody there, listed or not. */
  public final long count;
  /** User ids of at most a hundred of them. */
  public final List<String> users;

  public Presence(long count, List<String> users) {
    this.count = count;
    this.users = users;
  }
}

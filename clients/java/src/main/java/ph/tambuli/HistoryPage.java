package ph.tambuli;

import java.util.List;

/** A page of a channel's log, backwards. */
public final class HistoryPage {
  /** The newest last. */
  public final List<Publication> publications;
  /** The position of the oldest of them: the next {@code before}. */
  public final String position;
  /** Whether older ones are kept. */
  public final boolean more;

  public HistoryPage(List<Publication> publications, String position, boolean more) {
    this.publications = publications;
    this.position = position;
    this.more = more;
  }
}

package ph.tambuli.store;

import java.util.List;
import ph.tambuli.Position;
import ph.tambuli.json.JsonObject;

/** One page of the lists that fill a channel's tables. */
public final class FillPage {
  /** Index into {@link LocalStore#lists}. */
  public final int list;
  public final List<JsonObject> rows;
  /** The position of the first page of the first list: from there the channel is followed. */
  public final Position position;
  /** Whether this page begins the fill: former rows go. */
  public final boolean isFirst;
  /** The place at which the fill goes on after this page; null when it is complete. */
  public final FillPlace next;

  public FillPage(int list, List<JsonObject> rows, Position position, boolean isFirst, FillPlace next) {
    this.list = list;
    this.rows = rows;
    this.position = position;
    this.isFirst = isFirst;
    this.next = next;
  }
}

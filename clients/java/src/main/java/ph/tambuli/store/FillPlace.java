package ph.tambuli.store;

import ph.tambuli.Position;

/** The place at which an unfinished fill goes on. */
public final class FillPlace {
  /** Index into {@link LocalStore#lists}. */
  public final int list;
  /** The cursor of the next page; null for the first one of the list. */
  public final String cursor;
  public final Position position;

  public FillPlace(int list, String cursor, Position position) {
    this.list = list;
    this.cursor = cursor;
    this.position = position;
  }
}

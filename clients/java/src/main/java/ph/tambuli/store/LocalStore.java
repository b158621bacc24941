package ph.tambuli.store;

import java.util.List;
import ph.tambuli.OutboxItem;
import ph.tambuli.Position;
import ph.tambuli.Publication;

/**
 * The memory of a device: rows, positions and the outbox. Each method that changes something is one transaction, so that a
 * killed app never has a row without its position, or the reverse. The client calls it on one thread of its own.
 */
public interface LocalStore {
  /** Up to where a channel has been applied; null when it never was, or while a fill is unfinished. */
  Position position(String channel) throws Exception;

  /**
   * Applies publications in order and moves the position, in one transaction. Those up to the stored position are left out;
   * it throws when one is missing before the first. An empty list moves the position alone, to any place.
   */
  void apply(String channel, List<Publication> publications, Position position) throws Exception;

  /** Addresses of the routes that list the rows of a channel, for a first fill; empty where there are none. */
  List<String> lists(String channel);

  /** Returns the place at which an unfinished fill goes on; null when there is none. */
  FillPlace filling(String channel) throws Exception;

  /** Writes a page of a fill and where it goes on, or with the last page the position, in one transaction. */
  void fill(String channel, FillPage page) throws Exception;

  /** In the order in which they were added. */
  List<OutboxItem> outbox() throws Exception;

  /** Adds an item and makes the application's own change, in one transaction; {@code change} may be null. */
  void add(OutboxItem item, LocalChange change) throws Exception;

  /** Stores why an item was refused, or that it waits again: at the end of the line. */
  void replace(OutboxItem item) throws Exception;

  void remove(String key) throws Exception;
}

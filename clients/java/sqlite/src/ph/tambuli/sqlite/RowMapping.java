package ph.tambuli.sqlite;

import ph.tambuli.Publication;
import ph.tambuli.json.JsonObject;
import ph.tambuli.store.SqlDatabase;

/**
 * The mapping of a channel's publications to rows of the application's own tables. Every call is a part of the transaction that
 * moves the position; what it throws rolls both back, and the same publications come again after a pause.
 */
public interface RowMapping {
  void apply(SqlDatabase database, Publication publication) throws Exception;

  /** A row of the list that fills the table. */
  void put(SqlDatabase database, JsonObject row) throws Exception;

  /** Removes all rows: a fill begins, or the server's table was emptied. */
  void clear(SqlDatabase database) throws Exception;
}

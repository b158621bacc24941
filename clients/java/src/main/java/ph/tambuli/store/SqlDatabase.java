package ph.tambuli.store;

import java.util.List;

/**
 * The phone's SQLite, as small as the store needs it. Adapters stand beside the client: of JDBC, of Android's
 * {@code SQLiteDatabase} and of Room.
 */
public interface SqlDatabase {
  /** Carries out a statement; returns how many rows it changed. Arguments are texts, Long, Double or null. */
  int execute(String sql, Object... arguments) throws Exception;

  /** The rows of a query: texts, Long, Double or null. */
  List<Object[]> query(String sql, Object... arguments) throws Exception;

  /**
   * Runs the work in one transaction: all of it is committed, or nothing when it throws. Inside of a transaction of the same
   * thread it is a part of that one.
   */
  void transaction(Work work) throws Exception;

  /** The statements of a transaction. */
  interface Work {
    void run() throws Exception;
  }
}

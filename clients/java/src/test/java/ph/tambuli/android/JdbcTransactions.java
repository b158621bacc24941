package ph.tambuli.android;

import java.sql.Connection;
import java.sql.SQLException;

/** Transactions that nest, as Android's do: the outer one is committed when every one was successful. */
final class JdbcTransactions {
  private final Connection connection;
  private int depth;
  private boolean isSuccessful;
  private boolean hasFailed;

  JdbcTransactions(Connection connection) {
    this.connection = connection;
  }

  void begin() {
    if (depth++ == 0) {
      hasFailed = false;
      unchecked(() -> connection.setAutoCommit(false));
    }
    isSuccessful = false;
  }

  void successful() {
    isSuccessful = true;
  }

  void end() {
    hasFailed |= !isSuccessful;
    isSuccessful = !hasFailed;
    if (--depth > 0) return;
    unchecked(
        () -> {
          if (hasFailed) connection.rollback();
          else connection.commit();
          connection.setAutoCommit(true);
        });
  }

  static void unchecked(Deed deed) {
    try {
      deed.run();
    } catch (SQLException failure) {
      // Android's exceptions are unchecked.
      throw new IllegalStateException(failure);
    }
  }

  interface Deed {
    void run() throws SQLException;
  }
}

package ph.tambuli.sqlite;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import ph.tambuli.store.SqlDatabase;

/** SQLite over a JDBC connection, which stays the caller's to close. Statements are prepared once. */
public final class JdbcDatabase implements SqlDatabase, AutoCloseable {
  private static final int MAX_STATEMENTS = 64;

  private final Connection connection;
  private final Map<String, PreparedStatement> statements = new LinkedHashMap<>(16, 0.75f, true);
  private boolean isInTransaction;

  public JdbcDatabase(Connection connection) {
    this.connection = connection;
  }

  @Override
  public synchronized int execute(String sql, Object... arguments) throws SQLException {
    return prepared(sql, arguments).executeUpdate();
  }

  @Override
  public synchronized List<Object[]> query(String sql, Object... arguments) throws SQLException {
    List<Object[]> rows = new ArrayList<>();
    try (ResultSet found = prepared(sql, arguments).executeQuery()) {
      int columns = found.getMetaData().getColumnCount();
      while (found.next()) {
        Object[] row = new Object[columns];
        for (int n = 0; n < columns; n++) row[n] = widened(found.getObject(n + 1));
        rows.add(row);
      }
    }
    return rows;
  }

  @Override
  public synchronized void transaction(Work work) throws Exception {
    if (isInTransaction) {
      work.run();
      return;
    }
    isInTransaction = true;
    connection.setAutoCommit(false);
    try {
      work.run();
      connection.commit();
    } catch (Exception | Error failure) {
      rollBack(failure);
      throw failure;
    } finally {
      isInTransaction = false;
      connection.setAutoCommit(true);
    }
  }

  /** Closes the statements; the connection stays open. */
  @Override
  public synchronized void close() throws SQLException {
    for (PreparedStatement statement : statements.values()) statement.close();
    statements.clear();
  }

  private void rollBack(Throwable failure) {
    try {
      connection.rollback();
    } catch (SQLException also) {
      failure.addSuppressed(also);
    }
  }

  private PreparedStatement prepared(String sql, Object... arguments) throws SQLException {
    PreparedStatement statement = statements.get(sql);
    if (statement == null) {
      statement = connection.prepareStatement(sql);
      statements.put(sql, statement);
      if (statements.size() > MAX_STATEMENTS) closeEldest();
    }
    for (int n = 0; n < arguments.length; n++) statement.setObject(n + 1, arguments[n]);
    return statement;
  }

  private void closeEldest() throws SQLException {
    Map.Entry<String, PreparedStatement> eldest = statements.entrySet().iterator().next();
    statements.remove(eldest.getKey());
    eldest.getValue().close();
  }

  private static Object widened(Object value) {
    return value instanceof Integer ? Long.valueOf((Integer) value) : value;
  }
}

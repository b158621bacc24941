package ph.tambuli.android;

import android.database.Cursor;
import android.database.sqlite.SQLiteDatabase;
import android.database.sqlite.SQLiteStatement;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import ph.tambuli.sqlite.JdbcDatabase;
import ph.tambuli.sqlite.SqlContract;
import ph.tambuli.store.SqlDatabase;

/** The adapter of Android's SQLite, over a stub with the JVM's SQLite behind it. */
class AndroidDatabaseTest extends SqlContract {
  @Override
  public SqlDatabase openDatabase(Path file) throws Exception {
    return new AndroidDatabase(new Stub(DriverManager.getConnection("jdbc:sqlite:" + file)));
  }

  private static final class Stub extends SQLiteDatabase {
    private final JdbcDatabase database;
    private final JdbcTransactions transactions;

    Stub(Connection connection) {
      database = new JdbcDatabase(connection);
      transactions = new JdbcTransactions(connection);
    }

    @Override
    public SQLiteStatement compileStatement(String sql) {
      return new JdbcStatement(database, sql);
    }

    @Override
    public Cursor rawQuery(String sql, String[] arguments) {
      try {
        return new JdbcCursor(database.query(sql, (Object[]) arguments));
      } catch (SQLException failure) {
        // Android's exceptions are unchecked.
        throw new IllegalStateException(failure);
      }
    }

    @Override
    public void beginTransactionNonExclusive() {
      transactions.begin();
    }

    @Override
    public void setTransactionSuccessful() {
      transactions.successful();
    }

    @Override
    public void endTransaction() {
      transactions.end();
    }
  }
}

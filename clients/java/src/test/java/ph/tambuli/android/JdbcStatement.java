package ph.tambuli.android;

import android.database.sqlite.SQLiteStatement;
import androidx.sqlite.db.SupportSQLiteStatement;
import java.sql.SQLException;
import java.util.Map;
import java.util.TreeMap;
import ph.tambuli.sqlite.JdbcDatabase;

/** A statement of both of Android's kinds. */
final class JdbcStatement extends SQLiteStatement implements SupportSQLiteStatement {
  private final JdbcDatabase database;
  private final String sql;
  private final Map<Integer, Object> values = new TreeMap<>();

  JdbcStatement(JdbcDatabase database, String sql) {
    this.database = database;
    this.sql = sql;
  }

  @Override
  public void bindNull(int place) {
    values.put(place, null);
  }

  @Override
  public void bindLong(int place, long value) {
    values.put(place, value);
  }

  @Override
  public void bindDouble(int place, double value) {
    values.put(place, value);
  }

  @Override
  public void bindString(int place, String value) {
    values.put(place, value);
  }

  @Override
  public int executeUpdateDelete() {
    try {
      return database.execute(sql, values.values().toArray());
    } catch (SQLException failure) {
      // Android's exceptions are unchecked.
      throw new IllegalStateException(failure);
    }
  }

  @Override
  public void close() {}
}

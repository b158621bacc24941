package ph.tambuli.android;

import androidx.sqlite.db.SupportSQLiteDatabase;
import androidx.sqlite.db.SupportSQLiteStatement;
import java.util.List;
import ph.tambuli.store.SqlDatabase;

/** The SQLite beneath Room. For a database of Room itself use {@link RoomStoreDatabase}, which tells its observers. */
public final class SupportDatabase implements SqlDatabase {
  private final SupportSQLiteDatabase database;

  public SupportDatabase(SupportSQLiteDatabase database) {
    this.database = database;
  }

  @Override
  public int execute(String sql, Object... arguments) throws Exception {
    SupportSQLiteStatement statement = database.compileStatement(sql);
    try {
      for (int n = 0; n < arguments.length; n++) bind(statement, n + 1, arguments[n]);
      return statement.executeUpdateDelete();
    } finally {
      statement.close();
    }
  }

  @Override
  public List<Object[]> query(String sql, Object... arguments) {
    return Cursors.rows(database.query(sql, arguments));
  }

  /** Its transactions nest: the outer one commits. */
  @Override
  public void transaction(Work work) throws Exception {
    database.beginTransactionNonExclusive();
    try {
      work.run();
      database.setTransactionSuccessful();
    } finally {
      database.endTransaction();
    }
  }

  private static void bind(SupportSQLiteStatement statement, int place, Object value) {
    if (value == null) statement.bindNull(place);
    else if (value instanceof Long) statement.bindLong(place, (Long) value);
    else if (value instanceof Number) statement.bindDouble(place, ((Number) value).doubleValue());
    else statement.bindString(place, value.toString());
  }
}

package ph.tambuli.android;

import android.database.sqlite.SQLiteDatabase;
import android.database.sqlite.SQLiteStatement;
import java.util.List;
import ph.tambuli.store.SqlDatabase;

/** Android's own SQLite. Arguments of a query are compared as texts, as {@code rawQuery} has them. */
public final class AndroidDatabase implements SqlDatabase {
  private final SQLiteDatabase database;

  public AndroidDatabase(SQLiteDatabase database) {
    this.database = database;
  }

  @Override
  public int execute(String sql, Object... arguments) {
    SQLiteStatement statement = database.compileStatement(sql);
    try {
      for (int n = 0; n < arguments.length; n++) bind(statement, n + 1, arguments[n]);
      return statement.executeUpdateDelete();
    } finally {
      statement.close();
    }
  }

  @Override
  public List<Object[]> query(String sql, Object... arguments) {
    String[] texts = new String[arguments.length];
    for (int n = 0; n < texts.length; n++) texts[n] = String.valueOf(arguments[n]);
    return Cursors.rows(database.rawQuery(sql, texts));
  }

  /** Android's transactions nest: the outer one commits. */
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

  private static void bind(SQLiteStatement statement, int place, Object value) {
    if (value == null) statement.bindNull(place);
    else if (value instanceof Long) statement.bindLong(place, (Long) value);
    else if (value instanceof Number) statement.bindDouble(place, ((Number) value).doubleValue());
    else statement.bindString(place, value.toString());
  }
}

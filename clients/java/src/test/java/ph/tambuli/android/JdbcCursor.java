package ph.tambuli.android;

import android.database.Cursor;
import java.util.List;

/** The rows of a query, as Android shows them. */
final class JdbcCursor implements Cursor {
  private final List<Object[]> rows;
  private int at = -1;

  JdbcCursor(List<Object[]> rows) {
    this.rows = rows;
  }

  @Override
  public boolean moveToNext() {
    return ++at < rows.size();
  }

  @Override
  public int getColumnCount() {
    return rows.get(at).length;
  }

  @Override
  public int getType(int column) {
    Object value = rows.get(at)[column];
    if (value == null) return FIELD_TYPE_NULL;
    if (value instanceof Long) return FIELD_TYPE_INTEGER;
    return value instanceof Double ? FIELD_TYPE_FLOAT : FIELD_TYPE_STRING;
  }

  @Override
  public long getLong(int column) {
    return (Long) rows.get(at)[column];
  }

  @Override
  public double getDouble(int column) {
    return (Double) rows.get(at)[column];
  }

  @Override
  public String getString(int column) {
    return (String) rows.get(at)[column];
  }

  @Override
  public void close() {}
}

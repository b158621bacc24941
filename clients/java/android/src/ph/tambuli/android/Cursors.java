package ph.tambuli.android;

import android.database.Cursor;
import java.util.ArrayList;
import java.util.List;

/** Reads what a query found. */
final class Cursors {
  private Cursors() {}

  /** All rows; the cursor is closed. */
  static List<Object[]> rows(Cursor cursor) {
    List<Object[]> rows = new ArrayList<>();
    try {
      while (cursor.moveToNext()) {
        Object[] row = new Object[cursor.getColumnCount()];
        for (int n = 0; n < row.length; n++) row[n] = value(cursor, n);
        rows.add(row);
      }
    } finally {
      cursor.close();
    }
    return rows;
  }

  private static Object value(Cursor cursor, int column) {
    switch (cursor.getType(column)) {
      case Cursor.FIELD_TYPE_NULL:
        return null;
      case Cursor.FIELD_TYPE_INTEGER:
        return cursor.getLong(column);
      case Cursor.FIELD_TYPE_FLOAT:
        return cursor.getDouble(column);
      default:
        return cursor.getString(column);
    }
  }
}

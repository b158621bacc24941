package android.database;

/** Stub: what the adapters use of Android's interface. */
public interface Cursor {
  int FIELD_TYPE_NULL = 0;
  int FIELD_TYPE_INTEGER = 1;
  int FIELD_TYPE_FLOAT = 2;
  int FIELD_TYPE_STRING = 3;

  boolean moveToNext();

  int getColumnCount();

  int getType(int column);

  long getLong(int column);

  double getDouble(int column);

  String getString(int column);

  void close();
}

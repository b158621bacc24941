package androidx.sqlite.db;

import java.io.IOException;

/** Stub: what the adapters use of AndroidX's interface. */
public interface SupportSQLiteStatement {
  void bindNull(int place);

  void bindLong(int place, long value);

  void bindDouble(int place, double value);

  void bindString(int place, String value);

  int executeUpdateDelete();

  void close() throws IOException;
}

package androidx.sqlite.db;

import android.database.Cursor;

/** Stub: what the adapters use of AndroidX's interface. */
public interface SupportSQLiteDatabase {
  SupportSQLiteStatement compileStatement(String sql);

  Cursor query(String sql, Object[] arguments);

  void beginTransactionNonExclusive();

  void setTransactionSuccessful();

  void endTransaction();
}

package android.database.sqlite;

import android.database.Cursor;

/** Stub: what the adapters use of Android's class. */
public abstract class SQLiteDatabase {
  public abstract SQLiteStatement compileStatement(String sql);

  public abstract Cursor rawQuery(String sql, String[] arguments);

  public abstract void beginTransactionNonExclusive();

  public abstract void setTransactionSuccessful();

  public abstract void endTransaction();
}

package android.database.sqlite;

/** Stub: what the adapters use of Android's class. */
public abstract class SQLiteStatement {
  public abstract void bindNull(int place);

  public abstract void bindLong(int place, long value);

  public abstract void bindDouble(int place, double value);

  public abstract void bindString(int place, String value);

  public abstract int executeUpdateDelete();

  public abstract void close();
}

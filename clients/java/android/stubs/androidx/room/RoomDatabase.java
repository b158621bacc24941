package androidx.room;

import androidx.sqlite.db.SupportSQLiteOpenHelper;
import java.util.concurrent.Callable;

/** Stub: what the adapters use of Room's class. */
public abstract class RoomDatabase {
  public abstract SupportSQLiteOpenHelper getOpenHelper();

  /** Commits when the body returns, and rolls back when it throws, as Room does. */
  public abstract <V> V runInTransaction(Callable<V> body);

  /** Stub of Room's builder. */
  public abstract static class Builder<T extends RoomDatabase> {
    public abstract T build();
  }
}

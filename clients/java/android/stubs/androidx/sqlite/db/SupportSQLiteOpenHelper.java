package androidx.sqlite.db;

/** Stub: what the adapters use of AndroidX's interface. */
public interface SupportSQLiteOpenHelper {
  SupportSQLiteDatabase getWritableDatabase();
}

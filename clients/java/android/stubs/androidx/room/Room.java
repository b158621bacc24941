package androidx.room;

import android.content.Context;

/** Stub: what the example uses of Room's class. */
public final class Room {
  private Room() {}

  public static <T extends RoomDatabase> RoomDatabase.Builder<T> databaseBuilder(
      Context context, Class<T> database, String name) {
    throw new UnsupportedOperationException("This is a stub.");
  }
}

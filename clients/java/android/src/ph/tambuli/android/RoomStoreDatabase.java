package ph.tambuli.android;

import androidx.room.RoomDatabase;
import java.util.List;
import java.util.concurrent.Callable;
import ph.tambuli.store.SqlDatabase;

/** A database of Room. Its transactions are Room's, so that {@code LiveData} and flows of the tables see what changed. */
public final class RoomStoreDatabase implements SqlDatabase {
  private final RoomDatabase room;

  public RoomStoreDatabase(RoomDatabase room) {
    this.room = room;
  }

  @Override
  public int execute(String sql, Object... arguments) throws Exception {
    return support().execute(sql, arguments);
  }

  @Override
  public List<Object[]> query(String sql, Object... arguments) {
    return support().query(sql, arguments);
  }

  @Override
  public void transaction(Work work) throws Exception {
    Callable<Void> all =
        () -> {
          work.run();
          return null;
        };
    room.runInTransaction(all);
  }

  private SupportDatabase support() {
    return new SupportDatabase(room.getOpenHelper().getWritableDatabase());
  }
}

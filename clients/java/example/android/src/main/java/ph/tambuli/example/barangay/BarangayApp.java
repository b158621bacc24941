package ph.tambuli.example.barangay;

import android.app.Application;
import android.os.Handler;
import android.os.Looper;
import androidx.room.Room;
import java.util.Collections;
import java.util.List;
import okhttp3.OkHttpClient;
import ph.tambuli.TambuliClient;
import ph.tambuli.android.ForegroundWatch;
import ph.tambuli.android.NetworkWatch;
import ph.tambuli.android.RoomStoreDatabase;
import ph.tambuli.android.SyncWorker;
import ph.tambuli.android.TambuliOwner;
import ph.tambuli.sqlite.SqlStore;
import ph.tambuli.sqlite.Table;

/** One client for the process, started by any of its components: an activity, a push message, or the periodic job. */
public final class BarangayApp extends Application implements TambuliOwner {
  private static final String SERVER = "https://rt.example.ph";

  private BarangayDatabase database;
  private TambuliClient client;

  @Override
  public void onCreate() {
    super.onCreate();
    database = Room.databaseBuilder(this, BarangayDatabase.class, "user123.db").build();
    Handler main = new Handler(Looper.getMainLooper());
    client =
        TambuliClient.builder(SERVER)
            .okHttp(new OkHttpClient())
            .token(() -> Session.of(this).freshToken())
            .store(store())
            .executor(main::post)
            .build();
    client.connect();
    NetworkWatch.start(this, client);
    ForegroundWatch.start(client);
    SyncWorker.schedule(this, 15);
  }

  private SqlStore store() {
    Table hearings =
        Table.of("hearings", "id").columns("blotterReportId", "hearingDate", "hearingTime", "location", "status");
    return new SqlStore(new RoomStoreDatabase(database)).map("hearings", hearings, "/api/barangay/hearings");
  }

  BarangayDatabase database() {
    return database;
  }

  @Override
  public TambuliClient tambuli() {
    return client;
  }

  @Override
  public List<String> syncedChannels() {
    return Collections.singletonList("hearings");
  }
}

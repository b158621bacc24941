package ph.tambuli.android;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import android.content.Context;
import android.content.ContextWrapper;
import android.net.ConnectivityManager;
import android.net.Network;
import androidx.work.ListenableWorker;
import androidx.work.WorkerParameters;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import ph.tambuli.TambuliClient;

/** The adapters beside those of databases, over stubs. */
class AdaptersTest {
  /** Nobody listens on this port. */
  private final TambuliClient client = TambuliClient.builder("http://127.0.0.1:1").build();

  @Test
  @DisplayName("a push message of somebody else is left alone, and one of ours syncs its channel")
  void push() {
    assertNull(PushMessages.received(client, Collections.singletonMap("title", "x")));
    Future<?> synced = PushMessages.received(client, Collections.singletonMap("channel", "c"));
    assertThrows(ExecutionException.class, () -> synced.get(60, TimeUnit.SECONDS));
  }

  @Test
  @DisplayName("a periodic job whose server is away is tried again by Android")
  void worker() {
    SyncWorker worker = new SyncWorker(new App(client), new WorkerParameters());
    assertTrue(worker.doWork() instanceof ListenableWorker.Result.Retry);
  }

  @Test
  @DisplayName("the watch of the network begins and ends with the manager")
  void network() {
    List<String> calls = new ArrayList<>();
    ConnectivityManager manager =
        new ConnectivityManager() {
          @Override
          public void registerDefaultNetworkCallback(NetworkCallback callback) {
            calls.add("register");
            callback.onAvailable(new Network());
            callback.onLost(new Network());
          }

          @Override
          public void unregisterNetworkCallback(NetworkCallback callback) {
            calls.add("unregister");
          }
        };
    Context context =
        new ContextWrapper() {
          @Override
          public Object getSystemService(String name) {
            return name.equals(CONNECTIVITY_SERVICE) ? manager : null;
          }
        };
    NetworkWatch.start(context, client).close();
    assertEquals(java.util.Arrays.asList("register", "unregister"), calls);
  }

  private static final class App extends ContextWrapper implements TambuliOwner {
    private final TambuliClient client;

    App(TambuliClient client) {
      this.client = client;
    }

    @Override
    public Context getApplicationContext() {
      return this;
    }

    @Override
    public TambuliClient tambuli() {
      return client;
    }

    @Override
    public List<String> syncedChannels() {
      return Collections.singletonList("c");
    }
  }
}

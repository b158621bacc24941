package ph.tambuli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import okhttp3.OkHttpClient;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class TambuliClientTest {
  /** Nobody listens on this port. */
  private static final String NOWHERE = "http://127.0.0.1:1";

  @Test
  @DisplayName("what the application gave is never closed: its dispatcher, its connections, its executor")
  void givenThingsStay() throws Exception {
    OkHttpClient okHttp = new OkHttpClient();
    ExecutorService executor = Executors.newSingleThreadExecutor();
    CompletableFuture<Void> closed = new CompletableFuture<>();
    TambuliClient client = TambuliClient.builder(NOWHERE).okHttp(okHttp).executor(executor).build();
    client.connect();
    CompletableFuture<Position> synced = client.sync("c");
    assertThrows(ExecutionException.class, () -> synced.get(60, TimeUnit.SECONDS));
    client.reached("c", "e:1").whenComplete((done, failure) -> closed.complete(null));
    client.close();
    closed.get(60, TimeUnit.SECONDS);
    assertFalse(okHttp.dispatcher().executorService().isShutdown());
    assertFalse(executor.isShutdown());
    executor.submit(() -> {}).get(60, TimeUnit.SECONDS);
    executor.shutdown();
    okHttp.dispatcher().executorService().shutdown();
  }

  @Test
  @DisplayName("listeners and promises are called on the executor that was given, one after the other, and nowhere else")
  void executorOnly() throws Exception {
    Set<String> threads = ConcurrentHashMap.newKeySet();
    ExecutorService executor = Executors.newFixedThreadPool(4, task -> new Thread(task, "given"));
    CompletableFuture<Void> heard = new CompletableFuture<>();
    TambuliClient client = TambuliClient.builder(NOWHERE).executor(executor).build();
    client.listen(
        new ClientListener() {
          @Override
          public void onState(ConnectionState state) {
            threads.add(Thread.currentThread().getName());
            if (state.code != null) heard.complete(null);
          }
        });
    client.connect();
    heard.get(60, TimeUnit.SECONDS);
    CompletableFuture<String> promised =
        client.sync("c").handle((position, failure) -> Thread.currentThread().getName());
    threads.add(promised.get(60, TimeUnit.SECONDS));
    client.close();
    assertEquals(java.util.Collections.singleton("given"), threads);
    executor.shutdown();
  }

  @Test
  @DisplayName("what cannot be right is refused at once, with what to do")
  void refusedAtOnce() {
    assertThrows(IllegalArgumentException.class, () -> TambuliClient.builder("rt.example.ph"));
    try (TambuliClient client = TambuliClient.builder(NOWHERE).build()) {
      assertThrows(IllegalArgumentException.class, () -> client.reached("c", "7"));
      assertThrows(IllegalArgumentException.class, () -> client.publish("c", "note", "{half", null));
    }
  }
}

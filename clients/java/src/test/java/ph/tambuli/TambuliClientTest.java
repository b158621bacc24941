package ph.tambuli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
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
    // A promise that is kept before anybody asks calls back where it is asked.
    CountDownLatch isAsked = new CountDownLatch(1);
    CompletableFuture<Void> heard = new CompletableFuture<>();
    TambuliClient client =
        TambuliClient.builder(NOWHERE)
            .executor(
                task ->
                    executor.execute(
                        () -> {
                          await(isAsked);
                          task.run();
                        }))
            .build();
    client.listen(
        new ClientListener() {
          @Override
          public void onState(ConnectionState state) {
            threads.add(Thread.currentThread().getName());
            if (state.code != null) heard.complete(null);
          }
        });
    client.connect();
    CompletableFuture<String> promised =
        client.sync("c").handle((position, failure) -> Thread.currentThread().getName());
    isAsked.countDown();
    heard.get(60, TimeUnit.SECONDS);
    threads.add(promised.get(60, TimeUnit.SECONDS));
    client.close();
    assertEquals(java.util.Collections.singleton("given"), threads);
    executor.shutdown();
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  @DisplayName("a promise of a closed client fails at once")
  void closed() throws Exception {
    TambuliClient client = TambuliClient.builder(NOWHERE).build();
    CompletableFuture<Void> waiting = client.reached("c", "e:1");
    client.close();
    assertThrows(ExecutionException.class, () -> waiting.get(60, TimeUnit.SECONDS));
    assertThrows(ExecutionException.class, () -> client.sync("c").get(60, TimeUnit.SECONDS));
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

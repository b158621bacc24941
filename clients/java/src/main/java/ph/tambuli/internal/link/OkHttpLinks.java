package ph.tambuli.internal.link;

import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import okhttp3.Dispatcher;
import okhttp3.HttpUrl;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import ph.tambuli.internal.core.World;

/**
 * Links over the application's OkHttp: its pool of connections, proxy, certificates and interceptors. The dispatcher is the
 * client's own, so that waiting polls take no place of the application's requests, and the application's is never shut down.
 */
public final class OkHttpLinks implements Links, AutoCloseable {
  /** Longest wait for a byte: a poll may be held back for {@link PollLink#WAIT_S} seconds. */
  private static final long READ_MS = 40_000;
  private static final long CONNECT_MS = 10_000;

  private final ExecutorService threads;
  private final OkHttpClient http;
  private final HttpUrl server;
  private final World world;
  private final HttpRequests requests;

  public OkHttpLinks(OkHttpClient given, HttpUrl server, World world, Supplier<Map<String, String>> headers) {
    this.threads =
        new ThreadPoolExecutor(0, Integer.MAX_VALUE, 20, TimeUnit.SECONDS, new SynchronousQueue<>(), OkHttpLinks::thread);
    this.http =
        given.newBuilder()
            .dispatcher(new Dispatcher(threads))
            .connectTimeout(CONNECT_MS, TimeUnit.MILLISECONDS)
            .readTimeout(READ_MS, TimeUnit.MILLISECONDS)
            .callTimeout(0, TimeUnit.MILLISECONDS)
            .build();
    this.server = server;
    this.world = world;
    this.requests = new HttpRequests(http, server, world, headers);
  }

  public Requests requests() {
    return requests;
  }

  @Override
  public Link webSocket(LinkHost host) {
    HttpUrl url = server.newBuilder().addPathSegments("ws/realtime").build();
    return new SocketLink(http, new Request.Builder().url(url).build(), world, host);
  }

  @Override
  public Link poll(LinkHost host) {
    return new PollLink(requests, world, host);
  }

  @Override
  public void close() {
    threads.shutdown();
  }

  private static Thread thread(Runnable task) {
    Thread thread = new Thread(task, "tambuli-http");
    thread.setDaemon(true);
    return thread;
  }
}

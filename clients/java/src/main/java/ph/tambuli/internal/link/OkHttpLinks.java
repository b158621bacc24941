package ph.tambuli.internal.link;

import java.io.IOException;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import okhttp3.Call;
import okhttp3.Dispatcher;
import okhttp3.HttpUrl;
import okhttp3.MediaType;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import ph.tambuli.internal.core.World;
import ph.tambuli.json.JsonObject;

/**
 * Links and requests over the application's OkHttp: its pool of connections, proxy, certificates and interceptors. The
 * dispatcher is the client's own, so that waiting polls take no place of the application's requests, and the application's is
 * never shut down.
 */
public final class OkHttpLinks implements Links, Requests, AutoCloseable {
  private static final MediaType JSON = MediaType.parse("application/json");
  /** Longest wait for a byte: a poll may be held back for {@link PollLink#WAIT_S} seconds. */
  private static final long READ_MS = 40_000;
  private static final long CONNECT_MS = 10_000;

  private final ExecutorService threads;
  private final OkHttpClient http;
  private final HttpUrl server;
  private final World world;
  private final Supplier<Map<String, String>> headers;

  /** {@code headers}: the identity of the client at the moment of a request. */
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
    this.headers = headers;
  }

  @Override
  public Link webSocket(LinkHost host) {
    return new SocketLink(http, new Request.Builder().url(at("/ws/realtime")).build(), world, host);
  }

  @Override
  public Link poll(LinkHost host) {
    return new PollLink(this, world, host);
  }

  @Override
  public Runnable send(Query query, Consumer<Answer> reply) {
    Call call = http.newCall(request(query));
    threads.execute(
        () -> {
          Answer answer = carryOut(call);
          world.execute(
              () -> {
                if (!call.isCanceled()) reply.accept(answer);
              });
        });
    return call::cancel;
  }

  @Override
  public void close() {
    threads.shutdown();
  }

  private HttpUrl at(String path) {
    HttpUrl url = server.resolve(path);
    if (url == null) throw new IllegalArgumentException("\"" + path + "\" is no path of the server.");
    return url;
  }

  private Request request(Query query) {
    Request.Builder request = new Request.Builder().url(at(query.path)).header("Cache-Control", "no-store");
    for (Map.Entry<String, String> each : headers.get().entrySet()) request.header(each.getKey(), each.getValue());
    if (query.key != null) request.header("Idempotency-Key", query.key);
    if (query.body != null) request.method("POST", RequestBody.create(JSON, query.body));
    return request.build();
  }

  /** The text of a body is read whole, which closes the response. */
  private static Answer carryOut(Call call) {
    try {
      Response response = call.execute();
      return new Answer(response.code(), objectIn(response.body().string()), retryAfterMs(response));
    } catch (IOException failure) {
      return new Answer(0, new JsonObject().put("detail", failure.toString()), 0);
    }
  }

  /** A proxy may have answered with a page. */
  private static JsonObject objectIn(String text) {
    try {
      return JsonObject.parse(text);
    } catch (IllegalArgumentException noObject) {
      return new JsonObject();
    }
  }

  static long retryAfterMs(Response response) {
    String seconds = response == null ? null : response.header("Retry-After");
    return seconds != null && seconds.matches("\\d{1,6}") ? Long.parseLong(seconds) * 1_000 : 0;
  }

  private static Thread thread(Runnable task) {
    Thread thread = new Thread(task, "tambuli-http");
    thread.setDaemon(true);
    return thread;
  }
}

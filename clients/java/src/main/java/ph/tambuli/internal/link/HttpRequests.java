package ph.tambuli.internal.link;

import java.io.IOException;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Supplier;
import okhttp3.Call;
import okhttp3.Callback;
import okhttp3.HttpUrl;
import okhttp3.MediaType;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import okhttp3.ResponseBody;
import ph.tambuli.internal.core.World;
import ph.tambuli.json.JsonException;
import ph.tambuli.json.JsonObject;

/** Requests over the application's OkHttp, as {@link OkHttpLinks} derived it. */
public final class HttpRequests implements Requests {
  private static final MediaType JSON = MediaType.parse("application/json");

  private final OkHttpClient http;
  private final HttpUrl server;
  private final World world;
  private final Supplier<Map<String, String>> headers;

  /** {@code headers}: who is there at the moment of a request. */
  public HttpRequests(OkHttpClient http, HttpUrl server, World world, Supplier<Map<String, String>> headers) {
    this.http = http;
    this.server = server;
    this.world = world;
    this.headers = headers;
  }

  @Override
  public Runnable send(Query query, final Consumer<Answer> reply) {
    final Call call = http.newCall(request(query));
    call.enqueue(
        new Callback() {
          @Override
          public void onFailure(Call failed, IOException failure) {
            hand(new Answer(0, new JsonObject().put("detail", failure.toString()), 0));
          }

          @Override
          public void onResponse(Call done, Response response) {
            hand(read(response));
          }

          private void hand(Answer answer) {
            world.execute(
                () -> {
                  if (!call.isCanceled()) reply.accept(answer);
                });
          }
        });
    return call::cancel;
  }

  private Request request(Query query) {
    HttpUrl resolved = server.resolve(query.path);
    if (resolved == null) throw new IllegalArgumentException("\"" + query.path + "\" is no path of the server.");
    HttpUrl.Builder url = resolved.newBuilder();
    for (Map.Entry<String, String> each : query.parameters.entrySet()) {
      url.addQueryParameter(each.getKey(), each.getValue());
    }
    Request.Builder request = new Request.Builder().url(url.build()).header("Cache-Control", "no-store");
    for (Map.Entry<String, String> each : headers.get().entrySet()) {
      request.header(each.getKey(), each.getValue());
    }
    if (query.key != null) request.header("Idempotency-Key", query.key);
    RequestBody body = query.body == null ? null : RequestBody.create(JSON, query.body);
    return request.method(query.method, body).build();
  }

  private static Answer read(Response response) {
    try (ResponseBody body = response.body()) {
      return new Answer(response.code(), objectIn(body.string()), retryAfterMs(response));
    } catch (IOException broken) {
      return new Answer(0, new JsonObject().put("detail", broken.toString()), 0);
    }
  }

  /** A proxy may have answered with a page. */
  private static JsonObject objectIn(String text) {
    try {
      return JsonObject.parse(text);
    } catch (JsonException noObject) {
      return new JsonObject();
    }
  }

  static long retryAfterMs(Response response) {
    String seconds = response == null ? null : response.header("Retry-After");
    return seconds != null && seconds.matches("\\d{1,6}") ? Long.parseLong(seconds) * 1_000 : 0;
  }
}

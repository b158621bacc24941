import com.google.gson.JsonObject;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;
import okhttp3.WebSocket;
import okhttp3.WebSocketListener;

/**
 * The barangay officers' Android client, as a program: one JSON line on stdout per callback of OkHttp, one command per
 * line on stdin ({@code close}, {@code cancel}, {@code send <text>}); the end of stdin ends it.
 *
 * <p>Arguments, all {@code name=value}: url, userId, role, token, header (true: the token travels in the Authorization
 * header and no auth frame is sent), pingMs, reconnectMs.
 */
public final class RealtimeClient extends WebSocketListener {
  private static final int NORMAL_CLOSURE = 1000;
  private static final List<String> CHANNELS = List.of("hearings", "cases", "persons", "notifications");

  private final Map<String, String> options;
  private final OkHttpClient http;
  private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
  private volatile WebSocket socket;
  private volatile boolean leaving;

  private RealtimeClient(Map<String, String> options) {
    this.options = options;
    this.http =
        new OkHttpClient.Builder()
            .pingInterval(Long.parseLong(options.getOrDefault("pingMs", "30000")), TimeUnit.MILLISECONDS)
            .build();
  }

  public static void main(String[] args) throws IOException {
    Map<String, String> options = new HashMap<>();
    for (String argument : args) {
      int equals = argument.indexOf('=');
      options.put(argument.substring(0, equals), argument.substring(equals + 1));
    }
    RealtimeClient client = new RealtimeClient(options);
    client.connect();
    client.obey(new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8)));
  }

  private void connect() {
    Request.Builder request = new Request.Builder().url(options.get("url"));
    if (tokenInHeader()) request.header("Authorization", "Bearer " + options.get("token"));
    socket = http.newWebSocket(request.build(), this);
  }

  private void obey(BufferedReader commands) throws IOException {
    for (String command = commands.readLine(); command != null; command = commands.readLine()) {
      if (command.equals("close")) {
        leaving = true;
        if (!socket.close(NORMAL_CLOSURE, "client closes")) System.exit(0);
      } else if (command.equals("cancel")) {
        socket.cancel();
      } else if (command.startsWith("send ")) {
        socket.send(command.substring("send ".length()));
      }
    }
    System.exit(0);
  }

  @Override
  public void onOpen(WebSocket webSocket, Response response) {
    print(event("open"));
    if (!tokenInHeader()) webSocket.send(auth().toString());
    for (String channel : CHANNELS) {
      JsonObject subscribe = new JsonObject();
      subscribe.addProperty("type", "subscribe");
      subscribe.addProperty("channel", channel);
      webSocket.send(subscribe.toString());
    }
  }

  @Override
  public void onMessage(WebSocket webSocket, String text) {
    JsonObject event = event("message");
    event.addProperty("text", text);
    print(event);
  }

  @Override
  public void onClosing(WebSocket webSocket, int code, String reason) {
    print(closing("closing", code, reason));
    // OkHttp replies to no close frame by itself: without this the connection stays half closed.
    webSocket.close(NORMAL_CLOSURE, null);
  }

  @Override
  public void onClosed(WebSocket webSocket, int code, String reason) {
    print(closing("closed", code, reason));
    if (leaving) System.exit(0);
  }

  @Override
  public void onFailure(WebSocket webSocket, Throwable failure, Response response) {
    JsonObject event = event("failure");
    event.addProperty("message", failure.toString());
    if (response != null) event.addProperty("status", response.code());
    print(event);
    if (leaving) System.exit(0);
    long delay = Long.parseLong(options.getOrDefault("reconnectMs", "5000"));
    timer.schedule(this::connect, delay, TimeUnit.MILLISECONDS);
  }

  private boolean tokenInHeader() {
    return options.containsKey("token") && Boolean.parseBoolean(options.get("header"));
  }

  private JsonObject auth() {
    JsonObject auth = new JsonObject();
    auth.addProperty("type", "auth");
    for (String field : List.of("userId", "role", "token")) {
      if (options.containsKey(field)) auth.addProperty(field, options.get(field));
    }
    return auth;
  }

  private static JsonObject closing(String name, int code, String reason) {
    JsonObject event = event(name);
    event.addProperty("code", code);
    event.addProperty("reason", reason);
    return event;
  }

  private static JsonObject event(String name) {
    JsonObject event = new JsonObject();
    event.addProperty("event", name);
    return event;
  }

  private static synchronized void print(JsonObject event) {
    byte[] line = (event + "\n").getBytes(StandardCharsets.UTF_8);
    System.out.write(line, 0, line.length);
    System.out.flush();
  }
}

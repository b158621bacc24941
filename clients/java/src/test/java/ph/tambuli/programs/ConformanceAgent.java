package ph.tambuli.programs;

import java.util.Collections;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.SynchronousQueue;
import okhttp3.Interceptor;
import okhttp3.MediaType;
import okhttp3.OkHttpClient;
import okhttp3.Protocol;
import okhttp3.Response;
import okhttp3.ResponseBody;
import ph.tambuli.ChannelListener;
import ph.tambuli.ChannelState;
import ph.tambuli.ClientListener;
import ph.tambuli.ConnectionState;
import ph.tambuli.OutboxItem;
import ph.tambuli.Position;
import ph.tambuli.Publication;
import ph.tambuli.TambuliBuilder;
import ph.tambuli.TambuliClient;
import ph.tambuli.TambuliException;
import ph.tambuli.TokenSource;
import ph.tambuli.json.JsonObject;
import ph.tambuli.store.MemoryStore;

/** The Java client as an agent of the conformance list: {@code clients/conformance/README.md}. */
public final class ConformanceAgent {
  private static final OkHttpClient OK_HTTP = new OkHttpClient();
  private static Driven driven;

  private ConformanceAgent() {}

  public static void main(String[] arguments) throws Exception {
    Lines.obey(ConformanceAgent::carryOut);
    System.exit(0);
  }

  private static void carryOut(JsonObject command) throws Exception {
    String deed = command.string("do");
    String channel = command.string("channel");
    if (deed.equals("open")) {
      driven = new Driven(command);
      return;
    }
    if (deed.equals("close")) {
      if (driven != null) driven.client.close();
      driven = null;
      Lines.say(Lines.event("closed"));
      return;
    }
    Driven now = driven;
    switch (deed) {
      case "token":
        now.tokens.put(command);
        break;
      case "subscribe":
        now.subscribe(channel, command.string("since"), command.isTrue("state"));
        break;
      case "snapshot":
        now.snapshots.put(command);
        break;
      case "unsubscribe":
        now.subscriptions.remove(channel).close();
        break;
      case "publish":
        String key = command.string("key");
        now.client
            .publish(channel, command.string("type"), command.text("data"), key)
            .thenAccept(position -> Lines.say(Lines.event("published").put("key", key).put("position", text(position))));
        break;
      case "reached":
        String position = command.string("position");
        now.client
            .reached(channel, position)
            .thenAccept(
                done -> Lines.say(Lines.event("reached").put("channel", channel).put("position", position)));
        break;
      case "throw":
        now.throwsAt.put(channel, command.number("offset", 0));
        break;
      case "wake":
        now.client.foreground();
        break;
      case "sleep":
        now.client.background();
        break;
      default:
        throw new IllegalArgumentException(deed);
    }
  }

  private static String text(Object value) {
    return value == null ? null : value.toString();
  }

  /** One client, and what the list wants of it. */
  private static final class Driven implements ClientListener {
    final MemoryStore store = new MemoryStore();
    final TambuliClient client;
    final SynchronousQueue<JsonObject> tokens = new SynchronousQueue<>();
    final SynchronousQueue<JsonObject> snapshots = new SynchronousQueue<>();
    final Map<String, TambuliClient.Subscription> subscriptions = new HashMap<>();
    final Map<String, Long> throwsAt = new ConcurrentHashMap<>();

    Driven(JsonObject command) {
      OkHttpClient okHttp = OK_HTTP.newBuilder().addInterceptor(this::snapshot).build();
      TambuliBuilder builder =
          TambuliClient.builder(command.string("url")).okHttp(okHttp).store(store).transports("websocket");
      JsonObject identity = command.object("identity");
      if (command.isTrue("tokens")) builder.token(this::token);
      else if (identity != null) builder.identity(identity.string("userId"), identity.string("role"));
      else builder.token(command.string("token"));
      client = builder.build();
      client.listen(this);
      client.connect();
    }

    void subscribe(String channel, String since, boolean hasState) {
      if (hasState) store.keep(channel, "/snapshot/" + channel);
      if (since != null) store.apply(channel, Collections.<Publication>emptyList(), Position.parse(since));
      subscriptions.put(channel, client.subscribe(channel, new Listener(channel)));
    }

    private String token() throws Exception {
      Lines.say(Lines.event("token_wanted"));
      JsonObject answer = tokens.take();
      String error = answer.string("error");
      if (error == null) return answer.string("token");
      if (error.equals("unauthorized")) throw new TokenSource.Unauthorized("The user is signed out.");
      throw new IllegalStateException("The issuer is away.");
    }

    /** The list of a channel with state is answered by the command {@code snapshot}. */
    private Response snapshot(Interceptor.Chain chain) throws java.io.IOException {
      String path = chain.request().url().encodedPath();
      if (!path.startsWith("/snapshot/")) return chain.proceed(chain.request());
      Lines.say(Lines.event("snapshot_wanted").put("channel", path.substring("/snapshot/".length())));
      try {
        String position = snapshots.take().string("position");
        String body = new JsonObject().put("data", Collections.emptyList()).put("position", position).toString();
        return new Response.Builder()
            .request(chain.request())
            .protocol(Protocol.HTTP_1_1)
            .code(200)
            .message("OK")
            .body(ResponseBody.create(MediaType.parse("application/json"), body))
            .build();
      } catch (InterruptedException over) {
        throw new java.io.InterruptedIOException();
      }
    }

    @Override
    public void onState(ConnectionState state) {
      JsonObject event = Lines.event("state").put("status", state.status.name().toLowerCase(Locale.ROOT));
      event.put("code", state.code);
      boolean isFinal = state.status == ConnectionState.Status.DISCONNECTED && state.retryAt == 0;
      Lines.say(isFinal ? event.put("final", true) : event);
    }

    @Override
    public void onError(TambuliException error) {
      Lines.say(Lines.event("error").put("code", error.code()).put("channel", error.channel()));
    }

    @Override
    public void onStuck(OutboxItem item) {
      Lines.say(Lines.event("stuck").put("key", item.key).put("code", item.code));
    }

    private final class Listener implements ChannelListener {
      private final String channel;

      Listener(String channel) {
        this.channel = channel;
      }

      @Override
      public void onPublication(Publication publication) {
        long offset = publication.position().offset;
        Object data = ph.tambuli.json.Json.parse(publication.json());
        JsonObject event = Lines.event("publication").put("channel", channel).put("offset", offset);
        Lines.say(event.put("type", publication.type()).put("data", data));
        if (throwsAt.getOrDefault(channel, 0L) == offset) throw new IllegalStateException("Told to throw.");
      }

      @Override
      public void onState(ChannelState state) {
        JsonObject event = Lines.event("channel").put("channel", channel);
        event.put("status", state.status.name().toLowerCase(Locale.ROOT)).put("position", text(state.position));
        event.put("recovered", state.recovered).put("code", state.error == null ? null : state.error.code());
        Lines.say(event);
      }
    }
  }
}

package ph.tambuli.internal.core;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import ph.tambuli.ChannelState;
import ph.tambuli.ConnectionState;
import ph.tambuli.ConnectionState.Status;
import ph.tambuli.HistoryPage;
import ph.tambuli.OutboxItem;
import ph.tambuli.Position;
import ph.tambuli.Publication;
import ph.tambuli.internal.channel.ChannelCore;
import ph.tambuli.internal.channel.ChannelHost;
import ph.tambuli.internal.link.Links;
import ph.tambuli.internal.link.Requests;
import ph.tambuli.internal.machine.Phase;
import ph.tambuli.internal.machine.State;
import ph.tambuli.json.JsonObject;
import ph.tambuli.store.LocalStore;

/** The client behind its face: one connection, many channels, one outbox. Everything runs on the thread of the world. */
public final class Core implements ChannelHost {
  /** Characters after which one more position fits into a ping, whatever its channel is called. */
  private static final int MOST_TOLD = 32_500;

  private final World world;
  private final LocalStore store;
  private final Callbacks callbacks;
  private final Requests requests;
  private final Identity identity;
  private final Connection connection;
  public final OutboxCore outbox;
  private final Map<String, ChannelCore> channels = new HashMap<>();
  /** Channels that go into the next frame that subscribes. */
  private Set<String> asking = new LinkedHashSet<>();
  /** The positions that the last ping with some told; null: something came since. */
  private String told;
  /** When the store committed something for the last time, by the wall clock. */
  private long appliedAt;
  private volatile ConnectionState state;

  public Core(
      World world,
      LocalStore store,
      Callbacks callbacks,
      Links links,
      Requests requests,
      Identity identity,
      String... transports) {
    this.world = world;
    this.store = store;
    this.callbacks = callbacks;
    this.requests = requests;
    this.identity = identity;
    this.connection = new Connection(world, links, identity, transports, this);
    this.outbox = new OutboxCore(world, store, callbacks, connection, this::changed);
    this.state = new ConnectionState(Status.DISCONNECTED, null, 0, 0, null, null, 0, 0);
  }

  public ConnectionState state() {
    return state;
  }

  public void connect() {
    connection.connect();
  }

  public void disconnect() {
    connection.disconnect();
  }

  public void wake() {
    connection.wake();
  }

  public void sleep() {
    connection.sleep();
  }

  public void online(boolean isOnline) {
    connection.online(isOnline);
  }

  public void setToken(String token) {
    identity.setToken(token);
    connection.tokenChanged();
  }

  public void close() {
    connection.disconnect();
    for (ChannelCore each : channels.values()) each.close();
    outbox.close();
  }

  /** Gets or makes. */
  public ChannelCore channel(String name) {
    ChannelCore found = channels.get(name);
    if (found == null) {
      found = new ChannelCore(name, world, store, callbacks, requests, this);
      channels.put(name, found);
    }
    return found;
  }

  public void whisper(String channel, String type, String json) {
    JsonObject frame = new JsonObject().put("type", "publish").put("channel", channel);
    connection.send(frame.put("publicationType", type).putText("data", json).put("ephemeral", true));
  }

  public void history(String channel, String before, int limit, CompletableFuture<HistoryPage> promise) {
    JsonObject frame = new JsonObject().put("type", "history").put("channel", channel);
    frame.put("limit", limit).putIfPresent("before", before);
    connection.request(
        frame,
        reply -> {
          if ("history".equals(reply.string("type"))) callbacks.keep(channel, promise, page(reply));
          else callbacks.fail(promise, Sentences.exception(reply, channel));
        });
  }

  private static HistoryPage page(JsonObject reply) {
    Position position = Position.parse(reply.string("position"));
    List<Publication> publications = Publication.listOf(reply, position == null ? "" : position.epoch);
    return new HistoryPage(publications, reply.string("position"), reply.isTrue("more"));
  }

  // Requests of the channels.

  @Override
  public boolean isReady() {
    return connection.isReady();
  }

  @Override
  public void send(JsonObject frame) {
    connection.send(frame);
  }

  /** Channels that ask in one turn share a frame. */
  @Override
  public void ask(String channel) {
    if (asking.isEmpty()) world.execute(this::subscribe);
    asking.add(channel);
  }

  @Override
  public void identified(boolean isRefused, Consumer<Exception> obtained) {
    identity.obtain(isRefused, obtained);
  }

  private void subscribe() {
    if (asking.isEmpty() || !isReady()) return;
    String id = connection.nextId();
    List<JsonObject> asked = new ArrayList<>();
    for (String each : asking) asked.add(channel(each).begin(id));
    asking = new LinkedHashSet<>();
    connection.send(new JsonObject().put("type", "subscribe").put("id", id).put("channels", asked));
    connection.send(new JsonObject().put("type", "ping").put("id", id));
  }

  // Reports of the connection.

  /** The identity was sent; now come the subscriptions. */
  void ready() {
    asking = new LinkedHashSet<>();
    for (ChannelCore each : new ArrayList<>(channels.values())) each.prepare();
    if (asking.isEmpty()) connection.send(new JsonObject().put("type", "ping"));
    subscribe();
    outbox.ready();
  }

  @Override
  public void applied() {
    appliedAt = world.now();
  }

  /** Returns a ping, with the applied positions where something came or was applied since they were told. */
  JsonObject ping() {
    JsonObject ping = new JsonObject().put("type", "ping");
    StringBuilder all = new StringBuilder();
    for (ChannelCore each : channels.values()) {
      ChannelState at = each.state();
      if (at.position == null || all.length() > MOST_TOLD) continue;
      if (all.length() > 0) all.append(',');
      all.append(at.channel).append('@').append(at.position);
    }
    String now = all.toString();
    if (now.isEmpty() || now.equals(told)) return ping;
    told = now;
    ping.put("positions", now);
    return appliedAt == 0 ? ping : ping.put("settledMs", world.now() - appliedAt);
  }

  void frame(JsonObject frame) {
    String type = String.valueOf(frame.string("type"));
    if (type.equals("pong")) {
      String id = String.valueOf(frame.get("id"));
      for (ChannelCore each : new ArrayList<>(channels.values())) each.caughtUp(id);
      return;
    }
    told = null;
    ChannelCore channel = channels.get(String.valueOf(frame.string("channel")));
    if (channel == null) unaddressed(frame, type);
    else if (type.equals("batch")) for (Object each : frame.list("publications")) channel.take((JsonObject) each);
    else channel.take(frame);
  }

  private void unaddressed(JsonObject frame, String type) {
    if (type.equals("error") && !frame.has("channel")) callbacks.error(Sentences.exception(frame, null));
  }

  void lost(int code) {
    if (code == 1009) outbox.condemn();
    for (ChannelCore each : channels.values()) each.lost();
  }

  void changed() {
    State now = connection.state();
    String code = now.fault == null ? null : now.fault.code;
    int pending = 0;
    for (OutboxItem each : outbox.list()) if (!each.isStuck()) pending++;
    String reason = code == null ? null : Sentences.of(code, now.fault.message);
    long retryAt = now.phase == Phase.WAITING ? now.due : 0;
    ConnectionState next =
        new ConnectionState(
            now.phase.status, connection.transport(), now.attempt, retryAt, code, reason, now.lastHeardAt, pending);
    boolean isSame = next.toString().equals(state.toString());
    boolean isNews = !isSame || next.retryAt != state.retryAt || next.pending != state.pending;
    state = next;
    if (isNews) callbacks.tell(listener -> listener.onState(next));
  }
}

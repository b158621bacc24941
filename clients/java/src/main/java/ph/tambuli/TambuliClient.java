package ph.tambuli;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import okhttp3.OkHttpClient;
import ph.tambuli.internal.core.Callbacks;
import ph.tambuli.internal.core.Core;
import ph.tambuli.internal.core.Identity;
import ph.tambuli.internal.core.RealWorld;
import ph.tambuli.internal.core.Sentences;
import ph.tambuli.internal.link.OkHttpLinks;
import ph.tambuli.json.Json;
import ph.tambuli.store.LocalChange;
import ph.tambuli.store.LocalStore;
import ph.tambuli.store.MemoryStore;

/**
 * Keeps a device in step with a Tambuli server: one connection, any number of channels, and a {@link LocalStore} in which
 * rows, positions and outbox change together. All methods may be called on any thread and return at once; listeners and
 * promises are called on the executor that was given, and nowhere else.
 */
public final class TambuliClient implements AutoCloseable {
  private final RealWorld world;
  private final Callbacks callbacks;
  private final Core core;
  private final OkHttpLinks links;
  private final ExecutorService worker;
  private final ExecutorService ownExecutor;
  /** Guarded by this. */
  private boolean isClosed;

  TambuliClient(TambuliBuilder of) {
    worker = Executors.newSingleThreadExecutor(task -> daemon(task, "tambuli-token"));
    ownExecutor =
        of.executor == null ? Executors.newSingleThreadExecutor(task -> daemon(task, "tambuli-callbacks")) : null;
    callbacks = new Callbacks(of.executor == null ? ownExecutor : of.executor);
    world = new RealWorld(fault -> callbacks.error("client_fault", null, fault));
    Identity identity = new Identity(world, of.source, of.token, of.userId, of.role, worker);
    links =
        new OkHttpLinks(of.okHttp == null ? new OkHttpClient() : of.okHttp, of.url, world, identity::headers);
    LocalStore store = of.store == null ? new MemoryStore() : of.store;
    core = new Core(world, store, callbacks, links, links, identity, of.transports);
    world.execute(core.outbox::load);
  }

  /** {@code url}: of the server, {@code https://rt.example.ph}. */
  public static TambuliBuilder builder(String url) {
    return new TambuliBuilder(url);
  }

  public void connect() {
    world.execute(core::connect);
  }

  /** Ends the connection; subscriptions and the outbox stay, and {@link #connect} goes on with them. */
  public void disconnect() {
    world.execute(core::disconnect);
  }

  /** Ends everything that the client made. What it was given (OkHttp, the executor, the store) goes on. */
  @Override
  public synchronized void close() {
    isClosed = true;
    world.execute(
        () -> {
          core.close();
          worker.shutdown();
          links.close();
          if (ownExecutor != null) callbacks.run(null, ownExecutor::shutdown);
          world.close();
        });
  }

  /** Shows another token of the same user, on the open connection. */
  public void setToken(String token) {
    world.execute(() -> core.setToken(token));
  }

  public ConnectionState state() {
    return core.state();
  }

  /** Hears of the client as a whole, until the subscription is closed. */
  public Subscription listen(ClientListener listener) {
    callbacks.add(listener);
    return () -> callbacks.remove(listener);
  }

  /**
   * Brings the channel up to date and keeps it so, until the subscription is closed. Listeners of one channel share a
   * subscription of the server.
   */
  public Subscription subscribe(String channel, ChannelListener listener) {
    world.execute(() -> core.channel(channel).join(listener));
    return () -> world.execute(() -> core.channel(channel).leave(listener));
  }

  /** {@link #publish(String, String, String, String, LocalChange)} without a change of the application's own. */
  public CompletableFuture<Position> publish(String channel, String type, String json, String key) {
    return publish(channel, type, json, key, null);
  }

  /**
   * Publishes, at once or when there is a connection again. The publication and the application's change of its own tables
   * are stored in one transaction; the server publishes it once, however often it is sent.
   *
   * @param json the data, as JSON
   * @param key names this publication, 1 to 200 visible ASCII characters; null for one that the client makes up
   * @param change in the same transaction; null for none
   * @return kept when the server has it; its position may be null where the server had it before
   */
  public CompletableFuture<Position> publish(
      String channel, String type, String json, String key, LocalChange change) {
    CompletableFuture<Position> promise = new CompletableFuture<>();
    String name = key == null ? world.id() : key;
    Json.parse(json);
    OutboxItem item = new OutboxItem(name, channel, type, json, null, null);
    return run(promise, () -> core.outbox.add(item, change, promise));
  }

  /** Tells who reads the channel now; dropped when there is no connection. */
  public void whisper(String channel, String type, String json) {
    Json.parse(json);
    world.execute(() -> core.whisper(channel, type, json));
  }

  /** Brings the channel up to date over HTTP, without a connection: for a push message or a periodic job. */
  public CompletableFuture<Position> sync(String channel) {
    return sync(channel, null);
  }

  /** The same; asks nobody where the position has been reached already. */
  public CompletableFuture<Position> sync(String channel, String position) {
    CompletableFuture<Position> promise = new CompletableFuture<>();
    return run(promise, () -> core.channel(channel).sync(Position.parse(position), promise));
  }

  /** Publications before a position, the newest last; {@code before} null: the last ones. Needs a connection. */
  public CompletableFuture<HistoryPage> history(String channel, String before, int limit) {
    CompletableFuture<HistoryPage> promise = new CompletableFuture<>();
    return run(promise, () -> core.history(channel, before, limit, promise));
  }

  /** Kept when the store has applied everything up to the position: an optimistic row goes exactly then. */
  public CompletableFuture<Void> reached(String channel, String position) {
    Position at = Position.parse(position);
    if (at == null) throw new IllegalArgumentException("\"" + position + "\" is no position: give one as the server gave it.");
    CompletableFuture<Void> promise = new CompletableFuture<>();
    return run(promise, () -> core.channel(channel).reached(at, promise));
  }

  /** The publications that wait for the server, in the order of sending; refused ones included. */
  public List<OutboxItem> outbox() {
    return core.outbox.list();
  }

  /** Sends a refused publication again, at the end of the line. */
  public void retry(String key) {
    world.execute(() -> core.outbox.retry(key));
  }

  /** Drops a publication; its promise fails. */
  public void discard(String key) {
    world.execute(() -> core.outbox.discard(key));
  }

  /** The app is in front: looks at once whether the connection lives, and replaces it within three seconds if not. */
  public void foreground() {
    world.execute(core::wake);
  }

  /** The app is in the background: a connection that is lost is not replaced before {@link #foreground}. */
  public void background() {
    world.execute(core::sleep);
  }

  /** The network came, went or became another. */
  public void network(boolean isOnline) {
    world.execute(() -> core.online(isOnline));
  }

  /** A promise of a closed client fails at once. */
  private synchronized <T> CompletableFuture<T> run(CompletableFuture<T> promise, Runnable task) {
    // A task behind the end of the client would wait for a promise that nobody keeps.
    if (isClosed || !world.offer(task)) promise.completeExceptionally(Sentences.exception("closed", null, null, null));
    return promise;
  }

  private static Thread daemon(Runnable task, String name) {
    Thread thread = new Thread(task, name);
    thread.setDaemon(true);
    return thread;
  }

  /** Ends what the call began. */
  public interface Subscription extends AutoCloseable {
    @Override
    void close();
  }
}

package ph.tambuli.internal.core;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import ph.tambuli.OutboxItem;
import ph.tambuli.Position;
import ph.tambuli.internal.machine.Pause;
import ph.tambuli.json.JsonObject;
import ph.tambuli.store.LocalChange;
import ph.tambuli.store.LocalStore;
import ph.tambuli.store.SqlDatabase;

/** Publications that wait for the server: in order, one at a time, each under its key until the server has it. */
public final class OutboxCore {
  private final World world;
  private final LocalStore store;
  private final Callbacks callbacks;
  private final Connection connection;
  private final Runnable changed;
  private final List<OutboxItem> items = new ArrayList<>();
  private final Map<String, CompletableFuture<Position>> promises = new HashMap<>();
  /** Read by the application's threads. */
  private volatile List<OutboxItem> shown = Collections.emptyList();
  private OutboxItem sending;
  private boolean isLoaded;
  private int failures;
  private Runnable retrying;

  /** {@code changed} hears of every change of the list. */
  OutboxCore(World world, LocalStore store, Callbacks callbacks, Connection connection, Runnable changed) {
    this.world = world;
    this.store = store;
    this.callbacks = callbacks;
    this.connection = connection;
    this.changed = changed;
  }

  public List<OutboxItem> list() {
    return shown;
  }

  /** Reads what an earlier process left. */
  public void load() {
    if (isLoaded) return;
    try {
      items.addAll(0, store.outbox());
      isLoaded = true;
      show();
    } catch (Exception failure) {
      callbacks.error("store_failed", null, failure);
    }
  }

  public void add(OutboxItem item, LocalChange change, CompletableFuture<Position> promise) {
    load();
    try {
      store.add(item, change);
    } catch (Exception failure) {
      fail(promise, "store_failed", failure.toString(), item.channel, failure);
      return;
    }
    items.add(item);
    promises.put(item.key, promise);
    show();
    drain();
  }

  /** A refused item waits again, at the end of the line. */
  public void retry(String key) {
    OutboxItem found = find(key);
    if (found == null || !found.isStuck()) return;
    OutboxItem again = new OutboxItem(found.key, found.channel, found.type, found.data, null, null);
    if (!change(() -> store.replace(again))) return;
    items.remove(found);
    items.add(again);
    show();
    drain();
  }

  public void discard(String key) {
    OutboxItem found = find(key);
    if (found == null || !change(() -> store.remove(key))) return;
    items.remove(found);
    fail(promises.remove(key), "discarded", "The publication was discarded.", found.channel, null);
    show();
  }

  /** The connection can carry frames, and who is there is known. */
  void drain() {
    if (sending != null || retrying != null || !connection.isReady()) return;
    load();
    OutboxItem next = null;
    for (OutboxItem each : items) {
      if (!each.isStuck()) {
        next = each;
        break;
      }
    }
    if (next == null) return;
    OutboxItem item = next;
    sending = item;
    JsonObject frame = new JsonObject().put("type", "publish").put("channel", item.channel);
    frame.put("publicationType", item.type).putText("data", item.data).put("key", item.key);
    connection.request(frame, reply -> answered(item, reply));
  }

  /** 1009 condemns the frame that was sent, not the connection. */
  void condemn() {
    OutboxItem tooLarge = sending;
    if (tooLarge == null) return;
    refuse(tooLarge, "payload_too_large", "The server takes no frame of this size: send a reference instead.");
    sending = null;
  }

  private void answered(OutboxItem item, JsonObject reply) {
    if (sending != item) return;
    sending = null;
    String code = String.valueOf(reply.string("code"));
    if ("published".equals(reply.string("type")) || code.equals("conflict")) {
      complete(item, Position.parse(reply.string("position")));
    } else if (Sentences.TRANSIENT.contains(code)) {
      later(reply.number("retryAfterMs", 0));
      return;
    } else if (Sentences.ABOUT_TOKEN.contains(code)) {
      // Nothing is deleted: the connection gets another token, and drains again.
      return;
    } else {
      refuse(item, code, reply.string("message"));
    }
    failures = 0;
    drain();
  }

  private void complete(OutboxItem item, Position position) {
    if (!change(() -> store.remove(item.key))) {
      later(0);
      return;
    }
    items.remove(item);
    CompletableFuture<Position> promise = promises.remove(item.key);
    if (promise != null) callbacks.keep(item.channel, promise, position);
    show();
  }

  private void refuse(OutboxItem item, String code, String message) {
    OutboxItem refused = item.refused(code, Sentences.of(code, message));
    change(() -> store.replace(refused));
    items.remove(item);
    items.add(refused);
    fail(promises.remove(item.key), code, message, item.channel, null);
    show();
    callbacks.tell(listener -> listener.onStuck(refused));
  }

  private void later(long asked) {
    long pause = Math.max(asked, Pause.backoff(failures++, world.random(), Pause.LONGEST));
    retrying =
        world.after(
            pause,
            () -> {
              retrying = null;
              drain();
            });
  }

  /** A new connection is worth a try at once. */
  void ready() {
    if (retrying != null) retrying.run();
    retrying = null;
    drain();
  }

  void close() {
    if (retrying != null) retrying.run();
    for (OutboxItem each : items) fail(promises.remove(each.key), "closed", null, each.channel, null);
  }

  private OutboxItem find(String key) {
    load();
    for (OutboxItem each : items) if (each.key.equals(key)) return each;
    return null;
  }

  private void show() {
    shown = Collections.unmodifiableList(new ArrayList<>(items));
    changed.run();
  }

  private void fail(CompletableFuture<Position> promise, String code, String message, String channel, Exception cause) {
    if (promise != null) callbacks.fail(promise, Sentences.exception(code, message, channel, cause));
  }

  private boolean change(SqlDatabase.Work change) {
    try {
      change.run();
      return true;
    } catch (Exception failure) {
      callbacks.error("store_failed", null, failure);
      return false;
    }
  }
}

package ph.tambuli.internal.channel;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import ph.tambuli.ChannelListener;
import ph.tambuli.ChannelState;
import ph.tambuli.ChannelState.Status;
import ph.tambuli.Position;
import ph.tambuli.Presence;
import ph.tambuli.TambuliException;
import ph.tambuli.internal.core.Callbacks;
import ph.tambuli.internal.core.Sentences;
import ph.tambuli.json.JsonObject;

/** The listeners of a channel, the state that they were told, and the promises of positions. */
final class Audience {
  private final String channel;
  private final Callbacks callbacks;
  /** Read by calls on the application's executor. */
  private final List<ChannelListener> listeners = new CopyOnWriteArrayList<>();
  private final Set<Object> present = new LinkedHashSet<>();
  /** Promises that are kept when the channel has reached their position. */
  private final Map<CompletableFuture<Void>, Position> awaited = new LinkedHashMap<>();
  private volatile ChannelState state;

  Audience(String channel, Callbacks callbacks) {
    this.channel = channel;
    this.callbacks = callbacks;
    this.state = new ChannelState(channel, Status.UNSUBSCRIBED, null, null, null);
  }

  ChannelState state() {
    return state;
  }

  boolean isEmpty() {
    return listeners.isEmpty();
  }

  void add(ChannelListener listener) {
    listeners.add(listener);
  }

  boolean remove(ChannelListener listener) {
    return listeners.remove(listener);
  }

  void tell(Consumer<ChannelListener> telling) {
    for (ChannelListener each : listeners) tell(each, telling);
  }

  /** A listener that left in the meantime hears nothing more. */
  void tell(ChannelListener listener, Consumer<ChannelListener> telling) {
    callbacks.run(
        channel,
        () -> {
          if (listeners.contains(listener)) telling.accept(listener);
        });
  }

  /** Tells of a change of the status, or of why it is as it is. */
  void change(Status status, TambuliException error, Position position, Boolean recovered) {
    if (state.status == status && state.error == error) return;
    ChannelState now = new ChannelState(channel, status, position, recovered, error);
    state = now;
    tell(listener -> listener.onState(now));
  }

  /** A position moves with every publication, and is told by them. */
  void move(Position position, Boolean recovered) {
    state = new ChannelState(channel, state.status, position, recovered, state.error);
    reached(position);
  }

  void await(Position position, CompletableFuture<Void> promise) {
    awaited.put(promise, position);
  }

  /** Behind the listeners' calls. A history of another epoch holds everything that was promised in the former. */
  void reached(Position position) {
    for (CompletableFuture<Void> each : new ArrayList<>(awaited.keySet())) {
      Position expected = awaited.get(each);
      if (expected.epoch.equals(position.epoch) && expected.offset > position.offset) continue;
      awaited.remove(each);
      callbacks.keep(channel, each, null);
    }
  }

  /** Nothing more will be reached. */
  void close() {
    TambuliException closed = Sentences.exception("closed", null, channel, null);
    for (CompletableFuture<Void> each : awaited.keySet()) callbacks.fail(each, closed);
    awaited.clear();
  }

  /** Takes a presence frame: the state, then the differences. */
  void presence(JsonObject frame, boolean isState) {
    if (isState) present.clear();
    for (Object each : frame.list(isState ? "users" : "joins")) present.add(((JsonObject) each).string("userId"));
    for (Object each : frame.list("leaves")) present.remove(each);
    List<String> users = new ArrayList<>();
    for (Object each : present) users.add((String) each);
    Presence presence = new Presence(frame.number("count", 0), users);
    tell(listener -> listener.onPresence(presence));
  }

  void forgetPresence() {
    present.clear();
  }
}

package ph.tambuli.internal.channel;

import java.util.concurrent.CompletableFuture;
import ph.tambuli.ChannelListener;
import ph.tambuli.ChannelState;
import ph.tambuli.ChannelState.Status;
import ph.tambuli.Position;
import ph.tambuli.Publication;
import ph.tambuli.internal.core.Callbacks;
import ph.tambuli.internal.core.Sentences;
import ph.tambuli.internal.core.World;
import ph.tambuli.internal.link.Requests;
import ph.tambuli.internal.machine.Pause;
import ph.tambuli.json.JsonObject;
import ph.tambuli.store.LocalStore;

/** One channel as the application and the connection see it. Runs on the thread of the client. */
public final class ChannelCore {
  private final String name;
  private final World world;
  private final Callbacks callbacks;
  private final ChannelHost host;
  private final Audience audience;
  private final Follower follower;
  private Runnable leaving;

  public ChannelCore(
      String name, World world, LocalStore store, Callbacks callbacks, Requests requests, ChannelHost host) {
    this.name = name;
    this.world = world;
    this.callbacks = callbacks;
    this.host = host;
    this.audience = new Audience(name, callbacks);
    this.follower = new Follower(name, world, store, callbacks, requests, host, audience);
  }

  public ChannelState state() {
    return audience.state();
  }

  public void join(ChannelListener listener) {
    audience.add(listener);
    if (leaving != null) leaving.run();
    leaving = null;
    ChannelState now = state();
    if (now.status == Status.UNSUBSCRIBED || now.status == Status.FAILED) follower.prepare();
    else audience.tell(listener, each -> each.onState(now));
  }

  /** A listener that comes within two seconds finds the subscription as it was, unless something came meanwhile. */
  public void leave(ChannelListener listener) {
    if (!audience.remove(listener) || !audience.isEmpty()) return;
    leaving =
        world.after(
            Pause.LEAVE,
            () -> {
              leaving = null;
              host.send(new JsonObject().put("type", "unsubscribe").put("channel", name));
              follower.forget();
            });
  }

  public void reached(Position position, CompletableFuture<Void> promise) {
    follower.load();
    audience.await(position, promise);
    if (follower.applier.applied() != null) audience.reached(follower.applier.applied());
  }

  /** {@code position}: what is known to be there, as a push message says it; null: whatever is there. */
  public void sync(Position position, CompletableFuture<Position> promise) {
    if (!follower.load()) {
      callbacks.fail(promise, Sentences.exception("store_failed", null, name, null));
      return;
    }
    Position applied = follower.applier.applied();
    boolean isKnown = position != null && applied != null && applied.covers(position);
    boolean isLive = position == null && state().status == Status.SUBSCRIBED && host.isReady();
    if (isKnown || isLive) callbacks.keep(name, promise, applied);
    else follower.syncer.start(promise);
  }

  public void close() {
    if (leaving != null) leaving.run();
    follower.close();
  }

  /** The connection is there: fills the store, or subscribes. */
  public void prepare() {
    follower.prepare();
  }

  /** Returns the entry for a subscribe frame with this id. */
  public JsonObject begin(String id) {
    return follower.begin(id);
  }

  public void take(JsonObject frame) {
    String type = String.valueOf(frame.string("type"));
    if (frame.isTrue("ephemeral")) {
      Publication whisper = new Publication(frame, null);
      audience.tell(listener -> listener.onWhisper(whisper));
    } else if (type.startsWith("presence_")) {
      audience.presence(frame, type.equals("presence_state"));
    } else {
      follower.take(frame, type);
    }
  }

  /** Everything up to the pong of this id has come. */
  public void caughtUp(String id) {
    follower.caughtUp(id);
  }

  public void lost() {
    follower.lost();
  }
}

package ph.tambuli.internal.channel;

import java.util.List;
import ph.tambuli.ChannelListener;
import ph.tambuli.ChannelState.Status;
import ph.tambuli.Position;
import ph.tambuli.Publication;
import ph.tambuli.TambuliException;
import ph.tambuli.internal.core.Callbacks;
import ph.tambuli.internal.core.Sentences;
import ph.tambuli.internal.core.World;
import ph.tambuli.internal.link.Requests;
import ph.tambuli.internal.machine.Pause;
import ph.tambuli.json.JsonObject;
import ph.tambuli.store.LocalStore;

/** The place of one channel: its subscription and its fill, and through the applier what it has heard. */
final class Follower {
  private final String name;
  private final World world;
  private final LocalStore store;
  private final Callbacks callbacks;
  final ChannelHost host;
  final Applier applier;
  private final Filler filler;
  final Syncer syncer;
  private final Audience audience;

  private Boolean recovered;
  /** From here on the server sends, while the store is filled anew; null: it does not. */
  private Position following;
  private boolean isLoaded;
  /** Id of the subscribe frame that is not answered, or whose past is not complete. */
  private String asked;
  private boolean isAnswered;
  private boolean isCaughtUp;
  private int tries;
  private Runnable retrying;

  Follower(
      String name, World world, LocalStore store, Callbacks callbacks, Requests requests, ChannelHost host, Audience audience) {
    this.name = name;
    this.world = world;
    this.store = store;
    this.callbacks = callbacks;
    this.host = host;
    this.applier = new Applier(name, world, store, callbacks, this);
    this.filler = new Filler(name, world, store, requests, this);
    this.syncer = new Syncer(name, applier, requests, callbacks, this);
    this.audience = audience;
  }

  /** The connection is there, or somebody listens now: fills the store, or subscribes. */
  void prepare() {
    if (!isWanted()) rest();
    else if (load()) ask();
  }

  private void ask() {
    asked = null;
    change(Status.SUBSCRIBING, null);
    if (!host.isReady()) return;
    if (applier.applied() == null && hasLists()) filler.start(false);
    else host.ask(name);
  }

  /** Returns the entry for a subscribe frame with this id. */
  JsonObject begin(String id) {
    asked = id;
    isAnswered = false;
    isCaughtUp = false;
    stopRetrying();
    change(Status.SUBSCRIBING, null);
    Position since = applier.heard();
    return new JsonObject().put("channel", name).putIfPresent("since", since == null ? null : since.toString());
  }

  void take(JsonObject frame, String type) {
    if (!isWanted()) rest();
    else if (frame.has("offset")) published(frame);
    else if (type.equals("subscribed")) subscribed(frame);
    else if (type.equals("unsubscribed") && frame.has("code")) refused(frame);
    else if (type.equals("error")) error(frame);
  }

  /** Everything up to the pong of this id has come. */
  void caughtUp(String id) {
    if (!id.equals(asked)) return;
    if (!isAnswered) {
      // No answer at all: the question is put again.
      refused(Sentences.frame("internal"));
      return;
    }
    asked = null;
    isCaughtUp = true;
    if (applier.isEmpty()) idle();
  }

  void lost() {
    stop();
    if (isWanted()) change(Status.SUBSCRIBING, audience.state().error);
    else if (audience.state().status != Status.UNSUBSCRIBED) forget();
  }

  private void stop() {
    following = null;
    asked = null;
    isCaughtUp = false;
    stopRetrying();
    if (!syncer.isRunning()) filler.stop();
  }

  private void subscribed(JsonObject frame) {
    Position at = Position.parse(frame.string("position"));
    String id = frame.string("id");
    boolean isNewLife = id == null && Boolean.FALSE.equals(frame.get("recovered"));
    if (at == null || !(isNewLife || id != null && id.equals(asked))) return;
    recovered = (Boolean) frame.get("recovered");
    if (!isNewLife) {
      isAnswered = true;
      tries = 0;
    }
    if (Boolean.TRUE.equals(recovered)) return;
    if (hasLists()) {
      filler.stop();
      following = at;
      applier.hold(at);
      filler.start(true);
      return;
    }
    try {
      applier.move(at);
      audience.reached(at);
    } catch (Exception failure) {
      applyFailed(failure);
      refused(Sentences.frame("internal"));
    }
  }

  /** Until the answer to a new question, what comes belongs to the old one. */
  private void published(JsonObject frame) {
    if (!applier.offer(frame) && (asked == null || isAnswered)) prepare();
  }

  private void error(JsonObject frame) {
    String id = frame.string("id");
    if (id != null && id.equals(asked)) refused(frame);
    else if (id == null && Sentences.TRANSIENT.contains(String.valueOf(frame.string("code")))) prepare();
  }

  private void refused(JsonObject frame) {
    asked = null;
    TambuliException error = Sentences.exception(frame, name);
    if (!error.isTransient()) {
      failed(error);
      return;
    }
    change(Status.SUBSCRIBING, error);
    long own = (long) (Pause.FIRST * (1 << Math.min(tries++, 6)) * (1 + world.random()));
    prepareAfter(Math.max(own, frame.number("retryAfterMs", 0)));
  }

  private void failed(TambuliException error) {
    change(Status.FAILED, error);
    callbacks.error(error);
  }

  private void prepareAfter(long ms) {
    stopRetrying();
    retrying = world.after(ms, this::prepare);
  }

  private void stopRetrying() {
    if (retrying != null) retrying.run();
  }

  // Reports of the applier, the filler and the syncer.

  void applied(List<Publication> publications, Position position) {
    host.applied();
    for (Publication each : publications) if (!each.isSkipped()) audience.tell(listener -> listener.onPublication(each));
    audience.move(position, recovered);
  }

  void applyFailed(Exception failure) {
    callbacks.error("store_failed", name, failure);
  }

  void idle() {
    if (filler.isRunning()) return;
    if (applier.resumes()) prepare();
    else if (isCaughtUp && asked == null) change(Status.SUBSCRIBED, null);
  }

  void filled(Position position) {
    audience.tell(ChannelListener::onFilled);
    audience.move(position, recovered);
    boolean isFollowed = following != null && position.covers(following);
    following = null;
    if (isFollowed) {
      applier.release(position);
      if (applier.isEmpty()) idle();
    } else {
      applier.reset(position);
      prepare();
    }
    if (syncer.isRunning()) syncer.read();
  }

  void fillFailed(String code, String message, Exception cause) {
    callbacks.error(Sentences.exception("fill_failed", "[" + code + "] " + message, name, cause));
    syncer.fail(code, message, cause);
    if (!isWanted()) rest();
    if (Sentences.ABOUT_TOKEN.contains(code)) host.identified(true, failure -> {});
  }

  void fillRefused(String code, String message) {
    syncer.fail(code, message, null);
    if (isWanted()) failed(Sentences.exception(code, message, name, null));
    else rest();
  }

  void fillFirst(boolean isAnew) {
    following = null;
    applier.reset(null);
    asked = null;
    if (isAnew) filler.stop();
    filler.start(isAnew);
  }

  boolean hasLists() {
    return !store.lists(name).isEmpty();
  }

  private boolean isWanted() {
    return !audience.isEmpty();
  }

  void close() {
    forget();
    syncer.fail("closed", null, null);
    filler.stop();
    audience.close();
  }

  /** Reads where the store stands, once; returns whether it is known. */
  boolean load() {
    if (isLoaded) return true;
    try {
      applier.reset(store.position(name));
      isLoaded = true;
      return true;
    } catch (Exception failure) {
      applyFailed(failure);
      prepareAfter(Pause.backoff(tries++, world.random(), Pause.LONGEST));
      return false;
    }
  }

  /** Nobody listens, and something is left out: a listener that comes before the channel is left asks for it. */
  private void rest() {
    stop();
    recovered = null;
    change(Status.UNSUBSCRIBED, null);
  }

  /** Nobody listens any more. */
  void forget() {
    applier.stop();
    audience.forgetPresence();
    rest();
  }

  private void change(Status status, TambuliException error) {
    audience.change(status, error, applier.applied(), recovered);
  }
}

package ph.tambuli.internal.channel;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import ph.tambuli.Position;
import ph.tambuli.Publication;
import ph.tambuli.TambuliException;
import ph.tambuli.internal.core.Callbacks;
import ph.tambuli.internal.core.Sentences;
import ph.tambuli.internal.link.Answer;
import ph.tambuli.internal.link.Query;
import ph.tambuli.internal.link.Requests;
import ph.tambuli.json.JsonObject;

/** Brings a channel up to date over HTTP, without a subscription: for a push message, or a periodic job. */
final class Syncer {
  private static final int PAGE = 500;

  private final String channel;
  private final Applier applier;
  private final Requests requests;
  private final Callbacks callbacks;
  private final Host host;
  private final List<CompletableFuture<Position>> promises = new ArrayList<>();
  private boolean isRunning;
  private boolean isRenewed;

  /** The needs of a synchronisation. */
  interface Host {
    boolean hasLists();

    /** The channel has no position, or one of a history that is gone: calls {@link Syncer#read} when it has one. */
    void fillFirst(boolean isAnew);

    /** See {@link ChannelHost#identified}. */
    void identified(boolean isRefused, Runnable task, Runnable otherwise);
  }

  Syncer(String channel, Applier applier, Requests requests, Callbacks callbacks, Host host) {
    this.channel = channel;
    this.applier = applier;
    this.requests = requests;
    this.callbacks = callbacks;
    this.host = host;
  }

  boolean isRunning() {
    return isRunning;
  }

  /** Keeps the promise when everything has been read; callers share one reading. */
  void start(CompletableFuture<Position> promise) {
    promises.add(promise);
    if (isRunning) return;
    isRunning = true;
    isRenewed = false;
    host.identified(false, this::begin, () -> fail("token_failed", null, null));
  }

  private void begin() {
    if (applier.applied() == null && host.hasLists()) host.fillFirst(false);
    else read();
  }

  /** Reads on from where the channel stands. */
  void read() {
    if (!isRunning) return;
    Query query = Query.publications(channel).with("limit", PAGE).with("since", applier.applied());
    requests.send(query, this::take);
  }

  void fail(String code, String message, Exception cause) {
    if (!isRunning) return;
    TambuliException failure = Sentences.exception(code, message, channel, cause);
    for (CompletableFuture<Position> each : over()) {
      callbacks.run(channel, () -> each.completeExceptionally(failure));
    }
  }

  private void take(Answer answer) {
    if (!isRunning) return;
    if (answer.status == 401 && !isRenewed) {
      isRenewed = true;
      host.identified(true, this::read, () -> fail("token_failed", null, null));
    } else if (!answer.isSuccess()) {
      fail(answer.code(), answer.message(), null);
    } else {
      page(answer.body);
    }
  }

  private void page(JsonObject body) {
    Position position = Position.parse(body.string("position"));
    boolean isGone = Boolean.FALSE.equals(body.get("recovered"));
    if (isGone && host.hasLists()) {
      host.fillFirst(true);
      return;
    }
    try {
      if (isGone) applier.move(position);
      else applier.applyPage(publications(body, position), position);
    } catch (Exception failure) {
      fail("store_failed", failure.toString(), failure);
      return;
    }
    if (body.isTrue("more")) {
      read();
      return;
    }
    Position reached = applier.applied();
    for (CompletableFuture<Position> each : over()) callbacks.run(channel, () -> each.complete(reached));
  }

  private List<CompletableFuture<Position>> over() {
    isRunning = false;
    List<CompletableFuture<Position>> done = new ArrayList<>(promises);
    promises.clear();
    return done;
  }

  private static List<Publication> publications(JsonObject body, Position position) {
    List<Publication> publications = new ArrayList<>();
    for (Object each : body.list("publications")) {
      publications.add(new Publication((JsonObject) each, position.epoch));
    }
    return publications;
  }
}

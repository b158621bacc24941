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
  private final Follower follower;
  private final List<CompletableFuture<Position>> promises = new ArrayList<>();
  private boolean isRunning;
  private boolean isRenewed;

  Syncer(String channel, Applier applier, Requests requests, Callbacks callbacks, Follower follower) {
    this.channel = channel;
    this.applier = applier;
    this.requests = requests;
    this.callbacks = callbacks;
    this.follower = follower;
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
    identified(false);
  }

  /** Goes on when the server can know who asks. */
  private void identified(boolean isRefused) {
    follower.host.identified(
        isRefused,
        failure -> {
          if (failure != null) fail("token_failed", null, failure);
          else if (applier.applied() == null && follower.hasLists()) follower.fillFirst(false);
          else read();
        });
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
    for (CompletableFuture<Position> each : over()) callbacks.fail(each, failure);
  }

  private void take(Answer answer) {
    if (!isRunning) return;
    if (answer.status == 401 && !isRenewed) {
      isRenewed = true;
      identified(true);
    } else if (!answer.isSuccess()) {
      fail(answer.code(), answer.message(), null);
    } else {
      page(answer.body);
    }
  }

  private void page(JsonObject body) {
    Position position = Position.parse(body.string("position"));
    boolean isGone = Boolean.FALSE.equals(body.get("recovered"));
    if (isGone && follower.hasLists()) {
      follower.fillFirst(true);
      return;
    }
    try {
      if (isGone) applier.move(position);
      else applier.applyPage(Publication.listOf(body, position.epoch), position);
    } catch (Exception failure) {
      fail("store_failed", failure.toString(), failure);
      return;
    }
    if (body.isTrue("more")) {
      read();
      return;
    }
    Position reached = applier.applied();
    for (CompletableFuture<Position> each : over()) callbacks.keep(channel, each, reached);
  }

  private List<CompletableFuture<Position>> over() {
    isRunning = false;
    List<CompletableFuture<Position>> done = new ArrayList<>(promises);
    promises.clear();
    return done;
  }
}

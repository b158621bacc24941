package ph.tambuli.internal.channel;

import java.util.ArrayList;
import java.util.List;
import ph.tambuli.Position;
import ph.tambuli.internal.core.World;
import ph.tambuli.internal.link.Answer;
import ph.tambuli.internal.link.Query;
import ph.tambuli.internal.link.Requests;
import ph.tambuli.internal.machine.Pause;
import ph.tambuli.json.JsonObject;
import ph.tambuli.store.FillPage;
import ph.tambuli.store.FillPlace;
import ph.tambuli.store.LocalStore;

/**
 * Fills the tables of a channel from the routes that list them, page by page; each page is committed with the place where it
 * goes on, so that a killed app goes on there. The channel is followed from the position of the very first page.
 */
final class Filler {
  /** Every list of the server takes as many. */
  private static final int PAGE = 200;

  private final String channel;
  private final World world;
  private final LocalStore store;
  private final Requests requests;
  private final Follower follower;
  private boolean isRunning;
  private int failures;
  private Runnable pending;
  private Runnable pause;

  Filler(String channel, World world, LocalStore store, Requests requests, Follower follower) {
    this.channel = channel;
    this.world = world;
    this.store = store;
    this.requests = requests;
    this.follower = follower;
  }

  boolean isRunning() {
    return isRunning;
  }

  /** {@code isAnew}: what is stored belongs to a history that is gone. */
  void start(boolean isAnew) {
    if (isRunning) return;
    isRunning = true;
    try {
      FillPlace place = isAnew ? null : store.filling(channel);
      ask(place == null ? new FillPlace(0, null, null) : place);
    } catch (Exception failure) {
      again("store_failed", failure.toString(), failure, new FillPlace(0, null, null), 0);
    }
  }

  void stop() {
    isRunning = false;
    if (pending != null) pending.run();
    if (pause != null) pause.run();
  }

  private void ask(FillPlace place) {
    Query query = Query.get(store.lists(channel).get(place.list)).with("limit", PAGE);
    pending = requests.send(query.with("cursor", place.cursor), answer -> {
      if (isRunning) take(place, answer);
    });
  }

  private void take(FillPlace place, Answer answer) {
    if (!answer.isSuccess()) {
      if (answer.status == 422 && place.cursor != null) {
        // The cursor is of a former version of the list.
        ask(new FillPlace(0, null, null));
      } else if (answer.isOutage() || answer.status == 429 || answer.status == 401) {
        again(answer.code(), answer.message(), null, place, answer.retryAfterMs);
      } else {
        isRunning = false;
        follower.fillRefused(answer.code(), answer.message());
      }
      return;
    }
    Position position = place.position != null ? place.position : Position.parse(answer.body.string("position"));
    if (position == null) {
      isRunning = false;
      follower.fillRefused("fill_failed", "The list answers no position.");
      return;
    }
    FillPlace next = next(place, answer.body.string("nextCursor"), position);
    try {
      store.fill(channel, new FillPage(place.list, rows(answer), position, place.position == null, next));
    } catch (Exception failure) {
      again("store_failed", failure.toString(), failure, place, 0);
      return;
    }
    failures = 0;
    if (next != null) {
      ask(next);
      return;
    }
    isRunning = false;
    follower.filled(position);
  }

  private FillPlace next(FillPlace place, String cursor, Position position) {
    if (cursor != null) return new FillPlace(place.list, cursor, position);
    int list = place.list + 1;
    return list < store.lists(channel).size() ? new FillPlace(list, null, position) : null;
  }

  private void again(String code, String message, Exception cause, FillPlace place, long asked) {
    follower.fillFailed(code, message, cause);
    long after = Math.max(asked, Pause.backoff(failures++, world.random(), Pause.LONGEST));
    pause = world.after(after, () -> ask(place));
  }

  private static List<JsonObject> rows(Answer answer) {
    List<JsonObject> rows = new ArrayList<>();
    for (Object row : answer.body.list("data")) if (row instanceof JsonObject) rows.add((JsonObject) row);
    return rows;
  }
}

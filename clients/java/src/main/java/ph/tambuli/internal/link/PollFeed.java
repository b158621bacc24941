package ph.tambuli.internal.link;

import ph.tambuli.Position;
import ph.tambuli.internal.core.World;
import ph.tambuli.internal.machine.Pause;
import ph.tambuli.json.JsonObject;

/** One channel of a {@link PollLink}. */
final class PollFeed {
  private static final int PAGE = 500;

  final String channel;
  private final PollLink link;
  /** The id of the frame that subscribed. */
  private final Object id;
  private String since;
  private boolean isAnswered;
  private boolean isCaughtUp;
  /** The server has enough waiting polls of this user. */
  private boolean isCrowded;
  private boolean isStopped;
  private Runnable pending;
  private Runnable pause;

  PollFeed(PollLink link, String channel, String since, Object id) {
    this.link = link;
    this.channel = channel;
    this.since = since;
    this.id = id;
  }

  boolean isCaughtUp() {
    return isCaughtUp;
  }

  /** Without a position it begins at the end of the log. */
  void begin() {
    if (since != null) ask(false);
    else ask(Query.publications(channel).with("before", "latest").with("limit", 1), true);
  }

  void stop() {
    isStopped = true;
    if (pending != null) pending.run();
    if (pause != null) pause.run();
  }

  private void ask(boolean waits) {
    Query page = Query.publications(channel).with("since", since).with("limit", PAGE);
    ask(waits ? page.with("wait", PollLink.WAIT_S) : page, false);
  }

  private void ask(Query query, boolean isEnd) {
    pending =
        link.requests.send(
            query,
            answer -> {
              if (!isStopped) take(answer, isEnd);
            });
  }

  private void take(Answer answer, boolean isEnd) {
    if ("too_many_connections".equals(answer.code())) {
      isCrowded = true;
      later();
    } else if (answer.isOutage() || answer.status == 429 || answer.status == 401) {
      if (answer.status == 401) link.give(new JsonObject().put("type", "error").put("code", answer.code()));
      link.end(answer);
    } else if (!answer.isSuccess()) {
      link.refuse(this, answer, id);
    } else {
      link.hear(answer);
      if (!isStopped) page(answer.body, isEnd);
    }
  }

  private void page(JsonObject body, boolean isEnd) {
    boolean isGone = !isEnd && Boolean.FALSE.equals(body.get("recovered"));
    String position = isEnd ? endOf(body) : body.string("position");
    if (!isAnswered || isGone) tellSubscribed(isEnd || isGone ? position : since, isEnd ? null : !isGone);
    since = position;
    if (!isEnd && !isGone) {
      for (Object each : body.list("publications")) {
        if (!isStopped) link.give((JsonObject) each);
      }
    }
    if (isStopped) return;
    if (!isEnd && body.isTrue("more")) {
      ask(false);
      return;
    }
    if (!isCaughtUp) {
      isCaughtUp = true;
      link.caughtUp();
    }
    if (isStopped) return;
    if (link.mayWait() && !isCrowded) pause = link.world.after(Pause.FLOOR, () -> ask(true));
    else later();
  }

  /** A page backwards has the position of its oldest item; where it has none, that of the next one there will be. */
  private static String endOf(JsonObject body) {
    String position = body.string("position");
    Position next = Position.parse(position);
    boolean isEmpty = body.list("publications").isEmpty() && next != null;
    return isEmpty ? new Position(next.epoch, Math.max(0, next.offset - 1)).toString() : position;
  }

  private void tellSubscribed(String position, Boolean recovered) {
    JsonObject frame = new JsonObject().put("type", "subscribed").put("channel", channel);
    frame.put("position", position).putIfPresent("recovered", recovered);
    if (!isAnswered) frame.putIfPresent("id", id);
    isAnswered = true;
    link.give(frame);
  }

  private void later() {
    pause = link.world.after(Pause.POLL, () -> ask(false));
  }
}

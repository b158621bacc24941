package ph.tambuli.internal.link;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import ph.tambuli.internal.core.World;
import ph.tambuli.internal.machine.Pause;
import ph.tambuli.json.JsonObject;

/** Long polls: one for each channel as long as they are few, else rounds of short ones. Speaks the frames of the socket. */
final class PollLink implements Link {
  /** Seconds that the server may hold a poll back. */
  static final int WAIT_S = 20;
  /** A user may have five waiting polls. */
  private static final int MAX_WAITING = 4;

  final Requests requests;
  final World world;
  private final LinkHost host;
  private final Map<String, PollFeed> feeds = new HashMap<>();
  /** Ids of pings that wait until every new channel has caught up. */
  private final List<Object> pings = new ArrayList<>();
  private boolean isClosed;
  private boolean isIdentified;

  PollLink(Requests requests, World world, LinkHost host) {
    this.requests = requests;
    this.world = world;
    this.host = host;
    world.execute(() -> host.ready(this));
  }

  @Override
  public void send(JsonObject frame) {
    if (isClosed) return;
    switch (String.valueOf(frame.string("type"))) {
      case "subscribe":
        subscribe(frame);
        break;
      case "unsubscribe":
        PollFeed left = feeds.remove(frame.string("channel"));
        if (left != null) left.stop();
        break;
      case "ping":
        pings.add(frame.get("id"));
        if (isCaughtUp()) requests.send(Query.get("/health"), this::pong);
        break;
      case "publish":
        requests.send(publish(frame), answer -> reply(frame, "published", answer));
        break;
      case "history":
        Query page = Query.publications(frame.string("channel")).with("limit", frame.number("limit", 50));
        String before = frame.string("before");
        requests.send(
            page.with("before", before == null ? "latest" : before), answer -> reply(frame, "history", answer));
        break;
      default:
        // Each request says who is there; nothing else has a meaning here.
        break;
    }
  }

  @Override
  public void close() {
    isClosed = true;
    for (PollFeed each : feeds.values()) each.stop();
    feeds.clear();
  }

  private void subscribe(JsonObject frame) {
    for (Object each : frame.list("channels")) {
      JsonObject asked = (JsonObject) each;
      String channel = asked.string("channel");
      PollFeed former = feeds.remove(channel);
      if (former != null) former.stop();
      PollFeed feed = new PollFeed(this, channel, asked.string("since"), frame.get("id"));
      feeds.put(channel, feed);
      feed.begin();
    }
  }

  private static Query publish(JsonObject frame) {
    JsonObject body = new JsonObject().put("channel", frame.string("channel"));
    body.put("type", frame.string("publicationType")).putText("data", frame.text("data"));
    if (frame.isTrue("ephemeral")) body.put("ephemeral", true);
    return Query.post("/api/realtime/publish", body.toString(), frame.string("key"));
  }

  private void reply(JsonObject frame, String type, Answer answer) {
    if (answer.isSuccess()) {
      hear(answer);
      give(answer.body.put("type", type).putIfPresent("id", frame.get("id")));
    } else {
      give(error(answer, frame.get("id"), null));
    }
  }

  private void pong(Answer answer) {
    if (!answer.isSuccess()) {
      end(answer);
      return;
    }
    for (Object id : new ArrayList<>(pings)) give(new JsonObject().put("type", "pong").putIfPresent("id", id));
    pings.clear();
  }

  private boolean isCaughtUp() {
    for (PollFeed each : feeds.values()) if (!each.isCaughtUp()) return false;
    return true;
  }

  boolean mayWait() {
    return feeds.size() <= MAX_WAITING;
  }

  /** A feed has everything up to now. */
  void caughtUp() {
    if (!pings.isEmpty() && isCaughtUp()) pong(new Answer(200, new JsonObject(), 0));
  }

  void hear(Answer answer) {
    if (isClosed) return;
    host.alive(this);
    if (isIdentified) return;
    isIdentified = true;
    give(new JsonObject().put("type", "authenticated"));
  }

  void give(JsonObject frame) {
    if (!isClosed) host.frame(this, frame);
  }

  /** The channel is refused; the others go on. */
  void refuse(PollFeed feed, Answer answer, Object id) {
    feeds.remove(feed.channel);
    feed.stop();
    give(error(answer, id, feed.channel));
    caughtUp();
  }

  void end(Answer answer) {
    if (isClosed) return;
    close();
    host.closed(this, 1006, answer.code(), answer.message(), Math.max(answer.retryAfterMs, Pause.FLOOR));
  }

  private static JsonObject error(Answer answer, Object id, String channel) {
    JsonObject error = new JsonObject().put("type", "error").put("code", answer.code());
    error.put("message", answer.message()).putIfPresent("id", id).putIfPresent("channel", channel);
    return answer.retryAfterMs > 0 ? error.put("retryAfterMs", answer.retryAfterMs) : error;
  }
}

package ph.tambuli.internal.core;

import java.util.ArrayList;
import java.util.List;
import ph.tambuli.internal.link.Link;
import ph.tambuli.internal.link.LinkHost;
import ph.tambuli.internal.link.Links;
import ph.tambuli.json.JsonObject;

/** Links that a test plays the server of. */
public final class FakeLinks implements Links {
  public final List<FakeLink> opened = new ArrayList<>();

  @Override
  public Link webSocket(LinkHost host) {
    return open("websocket", host);
  }

  @Override
  public Link poll(LinkHost host) {
    return open("poll", host);
  }

  FakeLink last() {
    return opened.get(opened.size() - 1);
  }

  private FakeLink open(String kind, LinkHost host) {
    FakeLink link = new FakeLink(kind, host);
    opened.add(link);
    return link;
  }

  /** One connection. */
  static final class FakeLink implements Link {
    final String kind;
    final List<JsonObject> sent = new ArrayList<>();
    boolean isClosed;
    private final LinkHost host;

    FakeLink(String kind, LinkHost host) {
      this.kind = kind;
      this.host = host;
    }

    @Override
    public void send(JsonObject frame) {
      sent.add(JsonObject.parse(frame.toString()));
    }

    @Override
    public void close() {
      isClosed = true;
    }

    /** Opens, greets and replies to everything that was sent. */
    void accept() {
      host.ready(this);
      give("{\"type\":\"connected\",\"heartbeatMs\":25000}");
      give("{\"type\":\"authenticated\"}");
      answer();
    }

    /** Answers subscriptions, with what was missed since, and pings that were sent and not answered yet. */
    void answer(String... missed) {
      for (JsonObject frame : new ArrayList<>(sent)) {
        String type = frame.string("type");
        if (type.equals("subscribe")) {
          for (Object each : frame.list("channels")) {
            JsonObject asked = (JsonObject) each;
            JsonObject answer = new JsonObject().put("type", "subscribed").put("channel", asked.string("channel"));
            answer.put("id", frame.get("id"));
            String since = asked.string("since");
            if (since == null) answer.put("position", "e:0");
            else answer.put("position", since).put("recovered", true);
            give(answer.toString());
            for (String publication : missed) give(publication);
          }
        } else if (type.equals("ping")) {
          give(new JsonObject().put("type", "pong").putIfPresent("id", frame.get("id")).toString());
        }
      }
      sent.clear();
    }

    void give(String frame) {
      host.frame(this, JsonObject.parse(frame));
    }

    void lose(int code) {
      host.closed(this, code, null, null, 0);
    }

    long count(String type) {
      return sent.stream().filter(frame -> type.equals(frame.string("type"))).count();
    }
  }
}

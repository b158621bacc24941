package ph.tambuli.internal.core;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import ph.tambuli.internal.machine.Pause;
import ph.tambuli.json.JsonObject;

/** Frames that were sent and wait for their reply. */
final class Replies {
  private final World world;
  private final Map<String, Consumer<JsonObject>> waiting = new HashMap<>();
  private long count;

  Replies(World world) {
    this.world = world;
  }

  String nextId() {
    return "t" + ++count;
  }

  /**
   * Expects a reply with the id that it puts into the frame. The reply comes once; it is of type {@code error} where the frame
   * was refused, lost ({@code network}) or late ({@code no_answer}).
   */
  JsonObject expect(JsonObject frame, Consumer<JsonObject> reply) {
    String id = nextId();
    Runnable late = world.after(Pause.REPLY, () -> take(Sentences.frame("no_answer").put("id", id)));
    waiting.put(
        id,
        answer -> {
          late.run();
          reply.accept(answer);
        });
    return frame.put("id", id);
  }

  /** Hands on a reply that somebody waits for; returns whether it was one. */
  boolean take(JsonObject frame) {
    Consumer<JsonObject> found = waiting.remove(String.valueOf(frame.get("id")));
    if (found != null) found.accept(frame);
    return found != null;
  }

  /** The connection is gone. */
  void lost() {
    for (String id : new ArrayList<>(waiting.keySet())) take(Sentences.frame("network").put("id", id));
  }
}

package ph.tambuli.internal.core;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import ph.tambuli.internal.machine.Pause;
import ph.tambuli.json.JsonObject;

/** Frames that were sent and wait for their reply. */
final class Replies {
  private final World world;
  private final Map<String, Waiting> waiting = new HashMap<>();
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
    waiting.put(id, new Waiting(reply, late));
    return frame.put("id", id);
  }

  /** Hands on a reply that somebody waits for; returns whether it was one. */
  boolean take(JsonObject frame) {
    Waiting found = waiting.remove(String.valueOf(frame.get("id")));
    if (found == null) return false;
    found.late.run();
    found.reply.accept(frame);
    return true;
  }

  /** The connection is gone. */
  void lost() {
    List<Waiting> all = new ArrayList<>(waiting.values());
    waiting.clear();
    for (Waiting each : all) {
      each.late.run();
      each.reply.accept(Sentences.frame("network"));
    }
  }

  private static final class Waiting {
    final Consumer<JsonObject> reply;
    final Runnable late;

    Waiting(Consumer<JsonObject> reply, Runnable late) {
      this.reply = reply;
      this.late = late;
    }
  }
}

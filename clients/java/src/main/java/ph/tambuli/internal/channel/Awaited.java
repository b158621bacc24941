package ph.tambuli.internal.channel;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import ph.tambuli.Position;
import ph.tambuli.internal.core.Callbacks;
import ph.tambuli.internal.core.Sentences;

/** Promises that are kept when a channel has reached a position. */
final class Awaited {
  private final String channel;
  private final Callbacks callbacks;
  private final List<Entry> entries = new ArrayList<>();

  Awaited(String channel, Callbacks callbacks) {
    this.channel = channel;
    this.callbacks = callbacks;
  }

  void add(Position position, CompletableFuture<Void> promise) {
    entries.add(new Entry(position, promise));
  }

  /** Behind the listeners' calls. A history of another epoch holds everything that was promised in the former. */
  void reached(Position position) {
    for (Iterator<Entry> all = entries.iterator(); all.hasNext(); ) {
      Entry each = all.next();
      if (each.position.epoch.equals(position.epoch) && each.position.offset > position.offset) continue;
      all.remove();
      callbacks.run(channel, () -> each.promise.complete(null));
    }
  }

  void fail() {
    for (Entry each : entries) {
      callbacks.run(
          channel, () -> each.promise.completeExceptionally(Sentences.exception("closed", null, channel, null)));
    }
    entries.clear();
  }

  private static final class Entry {
    final Position position;
    final CompletableFuture<Void> promise;

    Entry(Position position, CompletableFuture<Void> promise) {
      this.position = position;
      this.promise = promise;
    }
  }
}

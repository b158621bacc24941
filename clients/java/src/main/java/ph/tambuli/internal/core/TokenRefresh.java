package ph.tambuli.internal.core;

import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.function.Consumer;
import ph.tambuli.TokenSource;
import ph.tambuli.internal.machine.Pause;

/** Fetches another token before the present one expires, by the wall clock, and shows it on the open connection. */
final class TokenRefresh {
  /** Longest time before the expiry. */
  private static final long AHEAD_MS = 60_000;

  private final World world;
  private final Identity identity;
  private final Runnable renewed;
  private final Consumer<Exception> refused;
  private Runnable timer;
  /** 0 for never. */
  private long at;
  /** Grows with every connection: an answer to an older one is dropped. */
  private int connections;

  TokenRefresh(World world, Identity identity, Runnable renewed, Consumer<Exception> refused) {
    this.world = world;
    this.identity = identity;
    this.renewed = renewed;
    this.refused = refused;
  }

  /** {@code expiresAt}: as the server says it; null for a token that does not expire. */
  void plan(String expiresAt) {
    stop();
    if (expiresAt == null || !identity.isRenewable()) return;
    try {
      long now = world.now();
      long life = Instant.parse(expiresAt).toEpochMilli() - now;
      at = now + Math.max(0, life - Math.min(AHEAD_MS, life / 5));
      timer = world.after(at - now, this::refresh);
    } catch (DateTimeParseException unknown) {
      // The server closes with 4002 when the token is over, and a new one is fetched then.
      at = 0;
    }
  }

  /** A timer stands still while the device sleeps. */
  void look() {
    if (at > 0 && world.now() >= at) refresh();
  }

  /** The connection is gone. */
  void cancel() {
    connections++;
    stop();
  }

  private void stop() {
    if (timer != null) timer.run();
    timer = null;
    at = 0;
  }

  private void refresh() {
    stop();
    int connection = connections;
    identity.fetch(
        failure -> {
          if (connection != connections) return;
          if (failure == null) renewed.run();
          else if (failure instanceof TokenSource.Unauthorized) refused.accept(failure);
          else timer = world.after(Pause.FIRST + (long) (world.random() * Pause.LONGEST / 4), this::refresh);
        });
  }
}

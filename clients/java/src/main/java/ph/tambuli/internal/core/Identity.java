package ph.tambuli.internal.core;

import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import ph.tambuli.TokenSource;
import ph.tambuli.internal.machine.Pause;
import ph.tambuli.json.JsonObject;

/**
 * The user of the client: a token, or in insecure mode a name. Another token is fetched before the present one expires, by the
 * wall clock.
 */
public final class Identity {
  /** Longest time before the expiry at which another token is fetched. */
  private static final long AHEAD_MS = 60_000;

  private final World world;
  private final TokenSource source;
  private final String userId;
  private final String role;
  private final Executor worker;
  /** Read by requests on any thread. */
  private volatile String token;
  private boolean isFetching;
  private List<Consumer<Exception>> waiting = new ArrayList<>();
  /** Hears of tokens that were fetched ahead of time, with null, and of failures for good. */
  private Consumer<Exception> renewed;
  private Runnable timer;
  /** When the next token is fetched; 0 for never. */
  private long renewAt;
  /** Grows with every connection: a token that was fetched for an older one is not shown. */
  private int connections;

  /** {@code source}, {@code token}, {@code userId} and {@code role} may be null; {@code worker} may be blocked. */
  public Identity(World world, TokenSource source, String token, String userId, String role, Executor worker) {
    this.world = world;
    this.source = source;
    this.token = token;
    this.userId = userId;
    this.role = role;
    this.worker = worker;
  }

  /** A refused token can be replaced by another one. */
  boolean isRenewable() {
    return source != null;
  }

  void setToken(String given) {
    token = given;
  }

  void forget() {
    if (source != null) token = null;
  }

  /**
   * Calls back when a token is known, with null, or with the failure where there is none to be had. {@code isRefused}: the
   * server did not take the present one. One fetch serves all that ask meanwhile.
   */
  void obtain(boolean isRefused, Consumer<Exception> obtained) {
    if (source != null && (isRefused || token == null)) fetch(obtained);
    else obtained.accept(isRefused ? new IllegalStateException("There is no other token.") : null);
  }

  /** Fetches another one, and keeps the present one until it is there. */
  private void fetch(Consumer<Exception> obtained) {
    waiting.add(obtained);
    if (isFetching) return;
    isFetching = true;
    worker.execute(
        () -> {
          try {
            String fetched = source.token();
            if (fetched == null) throw new IllegalStateException("The token source returned null.");
            world.execute(() -> fetched(fetched, null));
          } catch (Exception failure) {
            world.execute(() -> fetched(null, failure));
          }
        });
  }

  private void fetched(String found, Exception failure) {
    isFetching = false;
    if (failure == null) token = found;
    List<Consumer<Exception>> told = waiting;
    waiting = new ArrayList<>();
    for (Consumer<Exception> each : told) each.accept(failure);
  }

  void onRenewed(Consumer<Exception> hears) {
    renewed = hears;
  }

  /** {@code expiresAt}: as the server says it; null for a token that does not expire. */
  void plan(String expiresAt) {
    stop();
    if (expiresAt == null || source == null) return;
    try {
      long now = world.now();
      long life = Instant.parse(expiresAt).toEpochMilli() - now;
      renewAt = now + Math.max(0, life - Math.min(AHEAD_MS, life / 5));
      timer = world.after(renewAt - now, this::renew);
    } catch (DateTimeParseException unknown) {
      // The server closes with 4002 when the token is over, and a new one is fetched then.
      renewAt = 0;
    }
  }

  /** A timer stands still while the device sleeps. */
  void look() {
    if (renewAt > 0 && world.now() >= renewAt) renew();
  }

  /** The connection is gone. */
  void unplan() {
    connections++;
    stop();
  }

  private void stop() {
    if (timer != null) timer.run();
    timer = null;
    renewAt = 0;
  }

  private void renew() {
    stop();
    int connection = connections;
    fetch(
        failure -> {
          if (connection != connections) return;
          if (failure == null || failure instanceof TokenSource.Unauthorized) renewed.accept(failure);
          else timer = world.after(Pause.FIRST + (long) (world.random() * Pause.LONGEST / 4), this::renew);
        });
  }

  /** The first frame of a socket; null where nobody is named. */
  JsonObject authFrame() {
    JsonObject frame = new JsonObject().put("type", "auth");
    if (token != null) return frame.put("token", token);
    if (userId == null) return null;
    return frame.put("userId", userId).putIfPresent("role", role);
  }

  public Map<String, String> headers() {
    String present = token;
    if (present != null) return Collections.singletonMap("Authorization", "Bearer " + present);
    Map<String, String> headers = new HashMap<>();
    if (userId != null) headers.put("x-user-id", userId);
    if (userId != null && role != null) headers.put("x-role", role);
    return headers;
  }
}

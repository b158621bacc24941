package ph.tambuli.internal.core;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import ph.tambuli.TokenSource;
import ph.tambuli.json.JsonObject;

/** The user of the client: a token, or in insecure mode a name. */
public final class Identity {
  private final World world;
  private final TokenSource source;
  private final String userId;
  private final String role;
  private final Executor worker;
  /** Read by requests on any thread. */
  private volatile String token;
  private boolean isFetching;
  private List<Consumer<Exception>> waiting = new ArrayList<>();

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
  public boolean isRenewable() {
    return source != null;
  }

  public void setToken(String given) {
    token = given;
  }

  public void forget() {
    if (source != null) token = null;
  }

  /**
   * Calls back at once where the token is known, with null; with what failed where there is none to be had. One fetch serves all that ask meanwhile.
   */
  public void obtain(Consumer<Exception> obtained) {
    if (token != null || source == null) obtained.accept(null);
    else fetch(obtained);
  }

  /** Fetches another one, and keeps the present one until it is there. */
  public void fetch(Consumer<Exception> obtained) {
    waiting.add(obtained);
    if (isFetching) return;
    isFetching = true;
    worker.execute(
        () -> {
          String fetched = null;
          Exception failure = null;
          try {
            fetched = source.token();
            if (fetched == null) failure = new IllegalStateException("The token source returned null.");
          } catch (Exception thrown) {
            failure = thrown;
          }
          String found = fetched;
          Exception failed = failure;
          world.execute(() -> fetched(found, failed));
        });
  }

  private void fetched(String found, Exception failure) {
    isFetching = false;
    if (failure == null) token = found;
    List<Consumer<Exception>> told = waiting;
    waiting = new ArrayList<>();
    for (Consumer<Exception> each : told) each.accept(failure);
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

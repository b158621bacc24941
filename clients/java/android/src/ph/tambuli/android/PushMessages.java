package ph.tambuli.android;

import java.util.Map;
import java.util.concurrent.CompletableFuture;
import ph.tambuli.Position;
import ph.tambuli.TambuliClient;

/**
 * Data messages of Firebase Cloud Messaging: they wake the app and say what is new, {@code {channel, position}}; the rows come
 * from the log. A message that comes twice, late or not at all does no harm.
 */
public final class PushMessages {
  private PushMessages() {}

  /**
   * Call it in {@code onMessageReceived} with {@code message.getData()}. Returns null for a message of somebody else; else a
   * promise that is kept when the store has everything up to the position.
   */
  public static CompletableFuture<Position> received(TambuliClient client, Map<String, String> data) {
    String channel = data.get("channel");
    return channel == null ? null : client.sync(channel, data.get("position"));
  }
}

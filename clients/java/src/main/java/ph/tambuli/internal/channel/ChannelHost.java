package ph.tambuli.internal.channel;

import java.util.function.Consumer;
import ph.tambuli.json.JsonObject;

/** The part of the client that a channel uses. */
public interface ChannelHost {
  /** Whether the connection can carry frames. */
  boolean isReady();

  /** Asks for a subscription in the next frame that subscribes. */
  void ask(String channel);

  void send(JsonObject frame);

  /** The store has committed publications. */
  void applied();

  /** See {@link ph.tambuli.internal.core.Identity#obtain}. */
  void identified(boolean isRefused, Consumer<Exception> obtained);
}

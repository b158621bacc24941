package ph.tambuli.internal.channel;

import ph.tambuli.json.JsonObject;

/** The part of the client that a channel uses. */
public interface ChannelHost {
  /** Whether the connection can carry frames. */
  boolean isReady();

  /** Asks for a subscription in the next frame that subscribes. */
  void ask(String channel);

  void send(JsonObject frame);

  /** Has a token before the task runs, or runs the other one. {@code isRefused}: the server did not take the present one. */
  void identified(boolean isRefused, Runnable task, Runnable otherwise);
}

package ph.tambuli.internal.link;

import ph.tambuli.json.JsonObject;

/** One connection by one transport. Every transport speaks the frames of the socket. */
public interface Link {
  void send(JsonObject frame);

  /** Nothing is reported afterwards. */
  void close();
}

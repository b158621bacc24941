package ph.tambuli.internal.link;

import ph.tambuli.json.JsonObject;

/** Hears of links, on the thread of the client. A link that was given up may still report: the host compares it. */
public interface LinkHost {
  /** The link can carry frames: now is the time for the first ones. */
  void ready(Link link);

  void frame(Link link, JsonObject frame);

  /** A sign of life that is no frame. */
  void alive(Link link);

  /** Called once; {@code code} is that of the close, or 1006. {@code reason} and {@code message} may be null. */
  void closed(Link link, int code, String reason, String message, long retryAfterMs);
}

package ph.tambuli;

/** One publication that waits for the server. */
public final class OutboxItem {
  /** The server publishes it once, however often this key is sent. */
  public final String key;
  public final String channel;
  public final String type;
  /** JSON text. */
  public final String data;
  /** The code of the server's final refusal; null while it waits. */
  public final String code;
  /** The server's sentence; null while the item waits. */
  public final String message;

  public OutboxItem(String key, String channel, String type, String data, String code, String message) {
    this.key = key;
    this.channel = channel;
    this.type = type;
    this.data = data;
    this.code = code;
    this.message = message;
  }

  public boolean isStuck() {
    return code != null;
  }

  /** The same item, refused. */
  public OutboxItem refused(String why, String sentence) {
    return new OutboxItem(key, channel, type, data, why, sentence);
  }
}

package ph.tambuli.internal.link;

/** One request over HTTP. */
public final class Query {
  /** From the root of the server, with its parameters: {@code /api/realtime/publish}. */
  public final String path;
  /** JSON text to post; null for a request that reads. */
  public final String body;
  /** Idempotency key; null for none. */
  public final String key;

  private Query(String path, String body, String key) {
    this.path = path;
    this.body = body;
    this.key = key;
  }

  public static Query get(String path) {
    return new Query(path, null, null);
  }

  public static Query post(String path, String body, String key) {
    return new Query(path, body, key);
  }

  /** A page of a channel's log. */
  public static Query publications(String channel) {
    return get("/api/realtime/channels/" + escaped(channel) + "/publications");
  }

  /** A parameter without a value is left out. */
  public Query with(String name, Object value) {
    if (value == null) return this;
    char separator = path.indexOf('?') < 0 ? '?' : '&';
    return new Query(path + separator + name + '=' + escaped(value.toString()), body, key);
  }

  private static String escaped(String text) {
    try {
      return java.net.URLEncoder.encode(text, "UTF-8").replace("+", "%20");
    } catch (java.io.UnsupportedEncodingException impossible) {
      throw new AssertionError(impossible);
    }
  }
}

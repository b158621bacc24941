package ph.tambuli.internal.link;

import java.util.LinkedHashMap;
import java.util.Map;

/** One request over HTTP. */
public final class Query {
  public final String method;
  /** From the root of the server: {@code /api/realtime/publish}. */
  public final String path;
  public final Map<String, String> parameters = new LinkedHashMap<>();
  /** JSON text; null for none. */
  public final String body;
  /** Idempotency key; null for none. */
  public final String key;

  private Query(String method, String path, String body, String key) {
    this.method = method;
    this.path = path;
    this.body = body;
    this.key = key;
  }

  public static Query get(String path) {
    return new Query("GET", path, null, null);
  }

  public static Query post(String path, String body, String key) {
    return new Query("POST", path, body, key);
  }

  /** A page of a channel's log. */
  public static Query publications(String channel) {
    return get("/api/realtime/channels/" + escaped(channel) + "/publications");
  }

  /** A parameter without a value is left out. */
  public Query with(String name, Object value) {
    if (value != null) parameters.put(name, value.toString());
    return this;
  }

  private static String escaped(String segment) {
    try {
      return java.net.URLEncoder.encode(segment, "UTF-8").replace("+", "%20");
    } catch (java.io.UnsupportedEncodingException impossible) {
      throw new AssertionError(impossible);
    }
  }
}

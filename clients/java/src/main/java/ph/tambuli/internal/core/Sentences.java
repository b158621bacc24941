package ph.tambuli.internal.core;

import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import ph.tambuli.TambuliException;
import ph.tambuli.json.JsonObject;

/** The meaning of codes, and their remedies. The codes of the server come with a sentence of its own. */
public final class Sentences {
  /** The codes of the server's table that pass by themselves. */
  public static final Set<String> TRANSIENT =
      words(
          "rate_limited too_many_connections auth_timeout shutting_down not_ready database_unavailable outcome_unknown"
              + " database_full database_read_only not_migrated identity_unavailable internal network offline"
              + " no_answer files_unavailable");
  /** The codes that another token changes. */
  public static final Set<String> ABOUT_TOKEN =
      words("unauthenticated invalid_token token_expired token_revoked");

  private static final Map<String, String> OWN = own();
  /** By close code, its name in the server's table. */
  private static final Map<Integer, String> CLOSES = closes();

  private Sentences() {}

  public static TambuliException exception(String code, String message, String channel, Throwable cause) {
    return new TambuliException(code, of(code, message), channel, TRANSIENT.contains(code), cause);
  }

  /** The failure that a frame of type error tells. */
  public static TambuliException exception(JsonObject frame, String channel) {
    return exception(String.valueOf(frame.string("code")), frame.string("message"), channel, null);
  }

  /** A frame of type error, as the server would send it. */
  public static JsonObject frame(String code) {
    return new JsonObject().put("type", "error").put("code", code);
  }

  /** The server's sentence and that of the code; {@code message} may be null. */
  public static String of(String code, String message) {
    String known = OWN.get(code);
    if (message == null || message.equals(known)) return known == null ? "The server says \"" + code + "\"." : known;
    return known == null ? message : known + " " + message;
  }

  /** The name of a close code; {@code network} for one that says nothing. */
  static String ofClose(int code) {
    String name = CLOSES.get(code);
    return name == null ? "network" : name;
  }

  private static Map<Integer, String> closes() {
    Map<Integer, String> closes = new HashMap<>();
    closes.put(1009, "payload_too_large");
    String[] back = "shutdown expired slow no_pong auth_timeout - - too_many_requests too_many_connections renew disconnected".split(" ");
    for (int n = 0; n < back.length; n++) if (!back[n].equals("-")) closes.put(4001 + n, back[n]);
    String[] away = "bad_protocol invalid_token permission revoked".split(" ");
    for (int n = 0; n < away.length; n++) closes.put(4501 + n, away[n]);
    return closes;
  }

  private static Set<String> words(String text) {
    return Collections.unmodifiableSet(new HashSet<>(Arrays.asList(text.split(" "))));
  }

  private static Map<String, String> own() {
    Map<String, String> own = new HashMap<>();
    own.put("network", "The connection was lost without a word from the server; it is opened again.");
    own.put("no_answer", "The server gave no sign of life in time; the connection is opened again.");
    own.put("offline", "There is no connection, so this was not sent.");
    own.put("token_failed", "The token source failed; it is asked again.");
    own.put("unauthorized", "The token source says that the user has to sign in: sign in again, then call connect() or setToken().");
    own.put("handler_failed", "A listener threw; the others were called, and the position moved on.");
    own.put("store_failed", "The store could not write; the position stays, and the same is written again after a pause.");
    own.put("fill_failed", "A list that fills the store failed; it is asked again.");
    own.put("client_fault", "The client has a fault of its own; it goes on. Please report it.");
    own.put("closed", "The client was closed.");
    own.put("shutdown", "The process of the server is being replaced; the connection is opened again.");
    own.put("expired", "The token expired; the connection is opened again with a new one.");
    own.put("slow", "The connection was read too slowly; it is opened again, and catches up.");
    own.put("no_pong", "The server heard nothing for two heartbeats; the connection is opened again.");
    own.put("too_many_requests", "Too many frames in a minute; the connection is opened again more slowly.");
    own.put("disconnected", "An administrator ended the connection; it is opened again.");
    own.put("bad_protocol", "The server does not speak this protocol: update the app.");
    own.put("permission", "This identity may not connect: sign in as somebody who may.");
    own.put("revoked", "The token has been withdrawn: sign in again.");
    return own;
  }
}

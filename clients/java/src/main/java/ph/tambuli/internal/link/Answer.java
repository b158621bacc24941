package ph.tambuli.internal.link;

import ph.tambuli.json.JsonObject;

/** An answer over HTTP. */
public final class Answer {
  /** 0: there was no answer. */
  public final int status;
  /** Never null. */
  public final JsonObject body;
  public final long retryAfterMs;

  public Answer(int status, JsonObject body, long retryAfterMs) {
    this.status = status;
    this.body = body;
    this.retryAfterMs = retryAfterMs;
  }

  public boolean isSuccess() {
    return status >= 200 && status < 300;
  }

  /** The server cannot be reached, or fails for the moment. */
  public boolean isOutage() {
    return status == 0 || status >= 500 && status != 501;
  }

  /** The code of the problem document, or one made of the status. */
  public String code() {
    String code = body.string("code");
    if (code != null) return code;
    if (status == 401) return "unauthenticated";
    return status == 0 || status >= 500 ? "network" : "http_" + status;
  }

  public String message() {
    String detail = body.string("detail");
    if (detail != null) return detail;
    return status == 0 ? "The server could not be reached." : "The server answered " + status + ".";
  }
}

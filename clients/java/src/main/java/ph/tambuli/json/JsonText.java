package ph.tambuli.json;

/** A value that is JSON already, for example what Gson wrote. */
public final class JsonText {
  private final String text;

  /** Throws {@link JsonException} for a text that is no JSON. */
  public JsonText(String text) {
    Json.parse(text);
    this.text = text;
  }

  @Override
  public String toString() {
    return text;
  }
}

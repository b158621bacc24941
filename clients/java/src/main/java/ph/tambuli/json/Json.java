package ph.tambuli.json;

import java.util.Map;

/** JSON as far as the client needs it, without reflection. */
public final class Json {
  private Json() {}

  /** The value of a text; throws IllegalArgumentException. */
  public static Object parse(String text) {
    return new JsonReader(text).readWhole();
  }

  /** The text of a value as {@link #parse} returns it, or of a map. */
  public static String write(Object value) {
    StringBuilder text = new StringBuilder();
    write(value, text);
    return text.toString();
  }

  private static void write(Object value, StringBuilder text) {
    if (value instanceof String) {
      writeString((String) value, text);
    } else if (value instanceof JsonObject) {
      writeObject((JsonObject) value, text);
    } else if (value instanceof Map) {
      JsonObject object = new JsonObject();
      for (Map.Entry<?, ?> entry : ((Map<?, ?>) value).entrySet()) {
        object.put(String.valueOf(entry.getKey()), entry.getValue());
      }
      writeObject(object, text);
    } else if (value instanceof Iterable) {
      String separator = "";
      text.append('[');
      for (Object item : (Iterable<?>) value) {
        write(item, text.append(separator));
        separator = ",";
      }
      text.append(']');
    } else if (value == null || value instanceof Boolean || isFinite(value)) {
      text.append(value);
    } else {
      throw new IllegalArgumentException("JSON has no value for " + value.getClass().getName() + ".");
    }
  }

  private static boolean isFinite(Object value) {
    if (!(value instanceof Number)) return false;
    double number = ((Number) value).doubleValue();
    return !Double.isNaN(number) && !Double.isInfinite(number);
  }

  private static void writeObject(JsonObject object, StringBuilder text) {
    String separator = "";
    text.append('{');
    for (String name : object.names()) {
      writeString(name, text.append(separator));
      text.append(':').append(object.text(name));
      separator = ",";
    }
    text.append('}');
  }

  private static void writeString(String string, StringBuilder text) {
    text.append('"');
    for (int n = 0; n < string.length(); n++) {
      char sign = string.charAt(n);
      if (sign == '"' || sign == '\\') text.append('\\').append(sign);
      else if (sign < ' ' || sign == '\u2028' || sign == '\u2029' || isHalf(string, n)) {
        text.append(String.format("\\u%04x", (int) sign));
      } else text.append(sign);
    }
    text.append('"');
  }

  /** Half of a surrogate pair, which UTF-8 cannot carry. */
  private static boolean isHalf(String string, int at) {
    char sign = string.charAt(at);
    if (Character.isHighSurrogate(sign)) {
      return at + 1 == string.length() || !Character.isLowSurrogate(string.charAt(at + 1));
    }
    return Character.isLowSurrogate(sign) && (at == 0 || !Character.isHighSurrogate(string.charAt(at - 1)));
  }
}

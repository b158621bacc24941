package ph.tambuli.json;

import java.util.ArrayList;
import java.util.List;

/** Reads one JSON text. Objects keep the texts of their members, so that an application can give them to its own library. */
final class JsonReader {
  /** Deeper texts come from nobody who means well, and would overflow the stack. */
  private static final int MAX_DEPTH = 200;

  private final String text;
  private int at;

  JsonReader(String text) {
    this.text = text;
  }

  Object readWhole() {
    Object value = read(0);
    skipSpace();
    if (at < text.length()) throw fault("nothing more");
    return value;
  }

  private Object read(int depth) {
    if (depth > MAX_DEPTH) throw fault("at most " + MAX_DEPTH + " levels");
    skipSpace();
    switch (peek()) {
      case '{':
        return readObject(depth);
      case '[':
        return readList(depth);
      case '"':
        return readString();
      case 't':
        return readWord("true", Boolean.TRUE);
      case 'f':
        return readWord("false", Boolean.FALSE);
      case 'n':
        return readWord("null", null);
      default:
        return readNumber();
    }
  }

  private JsonObject readObject(int depth) {
    JsonObject object = new JsonObject();
    at++;
    skipSpace();
    if (peek() == '}') {
      at++;
      return object;
    }
    for (; ; ) {
      skipSpace();
      if (peek() != '"') throw fault("a name");
      String name = readString();
      skipSpace();
      take(':');
      skipSpace();
      int start = at;
      Object value = read(depth + 1);
      object.putRead(name, value, text, start, at);
      skipSpace();
      if (peek() == '}') {
        at++;
        return object;
      }
      take(',');
    }
  }

  private List<Object> readList(int depth) {
    List<Object> list = new ArrayList<>();
    at++;
    skipSpace();
    if (peek() == ']') {
      at++;
      return list;
    }
    for (; ; ) {
      list.add(read(depth + 1));
      skipSpace();
      if (peek() == ']') {
        at++;
        return list;
      }
      take(',');
    }
  }

  private String readString() {
    int start = ++at;
    for (; at < text.length(); at++) {
      char sign = text.charAt(at);
      if (sign == '"') return text.substring(start, at++);
      if (sign == '\\') return readEscaped(start);
      if (sign < ' ') throw fault("no control character");
    }
    throw fault("the end of a text");
  }

  private String readEscaped(int start) {
    StringBuilder read = new StringBuilder().append(text, start, at);
    while (at < text.length()) {
      char sign = text.charAt(at++);
      if (sign == '"') return read.toString();
      if (sign < ' ') throw fault("no control character");
      read.append(sign == '\\' ? readEscape() : sign);
    }
    throw fault("the end of a text");
  }

  private char readEscape() {
    char sign = peek();
    at++;
    switch (sign) {
      case 'b':
        return '\b';
      case 'f':
        return '\f';
      case 'n':
        return '\n';
      case 'r':
        return '\r';
      case 't':
        return '\t';
      case 'u':
        return readUnit();
      case '"':
      case '\\':
      case '/':
        return sign;
      default:
        throw fault("an escape");
    }
  }

  private char readUnit() {
    int unit = 0;
    for (int n = 0; n < 4; n++, at++) {
      int digit = at < text.length() ? Character.digit(text.charAt(at), 16) : -1;
      if (digit < 0) throw fault("four hexadecimal digits");
      unit = unit * 16 + digit;
    }
    return (char) unit;
  }

  private Object readNumber() {
    int start = at;
    boolean isWhole = true;
    for (; at < text.length(); at++) {
      char sign = text.charAt(at);
      boolean isDigit = sign >= '0' && sign <= '9';
      if (sign == '.' || sign == 'e' || sign == 'E') isWhole = false;
      else if (!isDigit && sign != '-' && sign != '+') break;
    }
    String digits = text.substring(start, at);
    if (isWhole) {
      Long whole = longIn(digits);
      if (whole != null) return whole;
    }
    try {
      return Double.valueOf(digits);
    } catch (NumberFormatException malformed) {
      throw fault("a value");
    }
  }

  /** Null for a number that is too large. */
  private static Long longIn(String digits) {
    try {
      return Long.valueOf(digits);
    } catch (NumberFormatException tooLarge) {
      return null;
    }
  }

  private Object readWord(String word, Object value) {
    if (!text.startsWith(word, at)) throw fault(word);
    at += word.length();
    return value;
  }

  private void take(char sign) {
    if (peek() != sign) throw fault("'" + sign + "'");
    at++;
  }

  private char peek() {
    if (at >= text.length()) throw fault("more");
    return text.charAt(at);
  }

  private void skipSpace() {
    while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) at++;
  }

  private IllegalArgumentException fault(String expected) {
    return new IllegalArgumentException("The JSON text has an error at " + at + ": expected " + expected + ".");
  }
}

package ph.tambuli.json;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A JSON object: its members are texts, {@link Long}, {@link Double}, {@link Boolean}, null, lists, and objects again.
 * A member that was read keeps its text: {@link #text(String)} gives it to a library such as Gson.
 */
public final class JsonObject {
  private final Map<String, Member> members = new LinkedHashMap<>();

  /** Reads the text of one object; throws IllegalArgumentException. */
  public static JsonObject parse(String text) {
    Object value = Json.parse(text);
    if (value instanceof JsonObject) return (JsonObject) value;
    throw new IllegalArgumentException("The JSON text is no object.");
  }

  /** Sets a member and returns this object. */
  public JsonObject put(String name, Object value) {
    members.put(name, new Member(value, null, 0, 0));
    return this;
  }

  /** Sets a member to what is JSON already, for example what Gson wrote. It is not checked. */
  public JsonObject putText(String name, String json) {
    putRead(name, null, json, 0, json.length());
    return this;
  }

  /** {@link #put} unless the value is null. */
  public JsonObject putIfPresent(String name, Object value) {
    return value == null ? this : put(name, value);
  }

  void putRead(String name, Object value, String source, int start, int end) {
    members.put(name, new Member(value, source, start, end));
  }

  public Set<String> names() {
    return Collections.unmodifiableSet(members.keySet());
  }

  public boolean has(String name) {
    return members.containsKey(name);
  }

  /** The value, or null where there is no such member. */
  public Object get(String name) {
    Member member = members.get(name);
    return member == null ? null : member.value;
  }

  /** The value where it is a text, else null. */
  public String string(String name) {
    Object value = get(name);
    return value instanceof String ? (String) value : null;
  }

  /** The value where it is a number, else the one given. */
  public long number(String name, long otherwise) {
    Object value = get(name);
    return value instanceof Number ? ((Number) value).longValue() : otherwise;
  }

  public boolean isTrue(String name) {
    return Boolean.TRUE.equals(get(name));
  }

  /** The value where it is an object, else null. */
  public JsonObject object(String name) {
    Object value = get(name);
    return value instanceof JsonObject ? (JsonObject) value : null;
  }

  /** The value where it is a list, else an empty one. */
  public List<?> list(String name) {
    Object value = get(name);
    return value instanceof List ? (List<?>) value : Collections.emptyList();
  }

  /** The JSON text of a member, to the letter where it was read; null where there is no such member. */
  public String text(String name) {
    Member member = members.get(name);
    if (member == null) return null;
    return member.source == null ? Json.write(member.value) : member.source.substring(member.start, member.end);
  }

  @Override
  public String toString() {
    return Json.write(this);
  }

  private static final class Member {
    final Object value;
    final String source;
    final int start;
    final int end;

    Member(Object value, String source, int start, int end) {
      this.value = value;
      this.source = source;
      this.start = start;
      this.end = end;
    }
  }
}

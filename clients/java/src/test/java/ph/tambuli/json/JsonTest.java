package ph.tambuli.json;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import ph.tambuli.Seed;

class JsonTest {
  @Test
  @DisplayName("a value that was written is read as the same value, whatever is in it")
  void roundTrip() {
    Random random = Seed.random();
    for (int n = 0; n < 2_000; n++) {
      Object value = value(random, 0);
      String text = Json.write(value);
      assertEquals(text, Json.write(Json.parse(text)));
    }
  }

  @Test
  @DisplayName("a member that was read is handed on to the letter")
  void exactText() {
    JsonObject object = JsonObject.parse("{\"data\" : {\"price\":1.10, \"id\":12345678901234567890,\"s\":\"\\u00e9\"} }");
    assertEquals("{\"price\":1.10, \"id\":12345678901234567890,\"s\":\"\\u00e9\"}", object.text("data"));
    assertEquals("é", object.object("data").string("s"));
    assertEquals("{\"data\":" + object.text("data") + "}", object.toString());
  }

  @Test
  @DisplayName("numbers are whole or not, and members that are missing or of another type are null")
  void types() {
    JsonObject object = JsonObject.parse("{\"a\":7,\"b\":7.5,\"c\":-1e3,\"d\":null,\"e\":[1,\"x\"],\"f\":true}");
    assertEquals(7L, object.get("a"));
    assertEquals(7.5, object.get("b"));
    assertEquals(-1000.0, object.get("c"));
    assertEquals(Arrays.<Object>asList(1L, "x"), object.list("e"));
    assertEquals(Long.MAX_VALUE, Json.parse("9223372036854775807"));
    assertEquals(9.223372036854775807e18, Json.parse("9223372036854775808"));
    assertEquals(9, object.number("d", 9));
    assertNull(object.string("a"));
    assertNull(object.object("nothing"));
  }

  @Test
  @DisplayName("a text that is no JSON is refused with the place of its fault")
  void malformed() {
    List<String> texts =
        Arrays.asList("", "{", "[1,]", "{\"a\"}", "{'a':1}", "01x", "\"\\x\"", "\"a", "nul", "1 2", "\"\n\"", "{\"a\":1,}");
    for (String text : texts) assertThrows(IllegalArgumentException.class, () -> Json.parse(text), text);
    StringBuilder deep = new StringBuilder();
    for (int n = 0; n < 100_000; n++) deep.append('[');
    assertThrows(IllegalArgumentException.class, () -> Json.parse(deep.toString()));
    assertThrows(IllegalArgumentException.class, () -> Json.write(Double.NaN));
  }

  @Test
  @DisplayName("half a surrogate pair is written as an escape, which UTF-8 can carry")
  void halves() {
    assertEquals("\"\\ud83d\"", Json.write("\ud83d"));
    assertEquals("\"\ud83d\ude00\"", Json.write("\ud83d\ude00"));
  }

  private static Object value(Random random, int depth) {
    switch (random.nextInt(depth > 3 ? 5 : 7)) {
      case 0:
        return random.nextLong() / 1_000;
      case 1:
        return random.nextGaussian();
      case 2:
        return random.nextBoolean();
      case 3:
        return null;
      case 4:
        char[] signs = new char[random.nextInt(6)];
        for (int n = 0; n < signs.length; n++) signs[n] = (char) random.nextInt(0x10000);
        return new String(signs);
      case 5:
        List<Object> list = new ArrayList<>();
        for (int n = random.nextInt(4); n > 0; n--) list.add(value(random, depth + 1));
        return list;
      default:
        JsonObject object = new JsonObject();
        for (int n = random.nextInt(4); n > 0; n--) object.put("k" + n, value(random, depth + 1));
        return object;
    }
  }
}

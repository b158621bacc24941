package ph.tambuli.internal.core;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.Collections;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import ph.tambuli.ChannelState.Status;
import ph.tambuli.Position;
import ph.tambuli.json.JsonObject;

/** The two seconds between the last listener of a channel and its end. */
class CoreLeaveTest extends CoreFixture {
  @Test
  @DisplayName("a listener that comes before its channel was left gets what was published while nobody listened, once")
  void published() {
    FakeLinks.FakeLink link = connected();
    core.channel("c").leave(listener);
    link.give(publication(1));
    world.advance(1_000);
    assertEquals(new Position("e", 0), memory.position("c"));
    core.channel("c").join(listener);
    world.settle();
    assertEquals("e:0", since(link));
    link.answer(publication(1));
    link.give(publication(2));
    world.advance(5_000);
    assertEquals(Arrays.asList("e:1", "e:2"), heard);
    assertEquals(new Position("e", 2), memory.position("c"));
    assertEquals(Status.SUBSCRIBED, core.channel("c").state().status);
    assertEquals(0, link.count("unsubscribe"));
  }

  @Test
  @DisplayName("what waited for the store when the last listener left is stored once, and what came later is asked for after it")
  void waited() {
    FakeLinks.FakeLink link = connected();
    link.give(publication(1));
    core.channel("c").leave(listener);
    link.give(publication(2));
    world.settle();
    assertEquals(new Position("e", 1), memory.position("c"));
    core.channel("c").join(listener);
    world.settle();
    assertEquals("e:1", since(link));
    link.answer(publication(2));
    world.settle();
    assertEquals(new Position("e", 2), memory.position("c"));
    assertEquals(Collections.singletonList("e:2"), heard);
  }

  @Test
  @DisplayName("a new life of the log that began while nobody listened is asked for")
  void newLife() {
    FakeLinks.FakeLink link = connected();
    core.channel("c").leave(listener);
    link.give("{\"type\":\"subscribed\",\"channel\":\"c\",\"position\":\"f:0\",\"recovered\":false}");
    core.channel("c").join(listener);
    world.settle();
    assertEquals("e:0", since(link));
  }

  @Test
  @DisplayName("a question that was answered while nobody listened is put again by the listener that comes")
  void answered() {
    FakeLinks.FakeLink link = connected();
    link.give(publication(2));
    world.settle();
    core.channel("c").leave(listener);
    link.answer();
    world.settle();
    core.channel("c").join(listener);
    world.settle();
    assertEquals("e:0", since(link));
    link.answer(publication(1), publication(2));
    world.settle();
    assertEquals(Status.SUBSCRIBED, core.channel("c").state().status);
    assertEquals(Arrays.asList("e:1", "e:2"), heard);
  }

  @Test
  @DisplayName("a question that came to be repeated while nobody listened is put again by the listener that comes")
  void repeated() {
    FakeLinks.FakeLink link = connected();
    link.give("{\"type\":\"unsubscribed\",\"channel\":\"c\",\"code\":\"internal\"}");
    core.channel("c").leave(listener);
    world.advance(1_900);
    core.channel("c").join(listener);
    world.settle();
    assertEquals("e:0", since(link));
  }

  @Test
  @DisplayName("a fill that failed while nobody listened goes on for the listener that comes")
  void filling() {
    memory.keep("c", "/one");
    core.channel("c").join(listener);
    core.connect();
    world.settle();
    links.last().accept();
    world.settle();
    core.channel("c").leave(listener);
    fail(503);
    core.channel("c").join(listener);
    world.settle();
    assertEquals(Arrays.asList("/one?limit=200", "/one?limit=200"), queries);
  }

  private static String since(FakeLinks.FakeLink link) {
    for (JsonObject frame : link.sent) {
      if ("subscribe".equals(frame.string("type"))) return ((JsonObject) frame.list("channels").get(0)).string("since");
    }
    return null;
  }
}

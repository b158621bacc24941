package ph.tambuli.internal.core;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import ph.tambuli.Position;
import ph.tambuli.json.JsonObject;
import ph.tambuli.store.FillPage;
import ph.tambuli.store.FillPlace;

/** The store of the client: fills, batches, failures. */
class CoreStoreTest extends CoreFixture {
  @Test
  @DisplayName("what came while the store could not write is written later, in order, and nothing is skipped")
  void storeFails() {
    FakeLinks.FakeLink link = connected();
    store.fails = true;
    for (int n = 1; n <= 3; n++) link.give(publication(n));
    world.settle();
    assertEquals(Collections.singletonList("error store_failed"), heard);
    world.advance(5_000);
    store.fails = false;
    world.advance(60_000);
    heard.removeIf(each -> each.startsWith("error"));
    assertEquals(Arrays.asList("e:1", "e:2", "e:3"), heard);
    assertEquals(new Position("e", 3), memory.position("c"));
  }

  @Test
  @DisplayName("publications that were read together are one transaction")
  void batches() {
    FakeLinks.FakeLink link = connected();
    int before = store.transactions;
    for (int n = 1; n <= 400; n++) link.give(publication(n));
    world.settle();
    assertEquals(1, store.transactions - before);
    assertEquals(400, heard.size());
  }

  @Test
  @DisplayName("a first fill goes through all pages of all lists, and the channel is followed from its first position")
  void fills() {
    memory.keep("c", "/one", "/two");
    core.channel("c").join(listener);
    core.connect();
    world.settle();
    links.last().accept();
    world.settle();
    assertEquals(0, links.last().count("subscribe"));
    page("{\"data\":[{\"id\":3}],\"position\":\"e:5\",\"nextCursor\":\"x\"}");
    page("{\"data\":[{\"id\":2}],\"position\":\"e:6\",\"nextCursor\":null}");
    page("{\"data\":[{\"id\":1}],\"position\":\"e:8\",\"nextCursor\":null}");
    assertEquals(
        Arrays.asList("/one?limit=200", "/one?limit=200&cursor=x", "/two?limit=200"), queries);
    assertEquals(3, memory.rows("c").size());
    JsonObject subscribe = links.last().sent.get(links.last().sent.size() - 2);
    assertEquals("e:5", ((JsonObject) subscribe.list("channels").get(0)).string("since"));
    assertEquals(Collections.singletonList("filled"), heard);
  }

  @Test
  @DisplayName("a fill that a kill interrupted goes on at its cursor")
  void fillGoesOn() {
    memory.keep("c", "/one");
    memory.fill("c", new FillPage(0, new ArrayList<>(), new Position("e", 5), true, new FillPlace(0, "x", new Position("e", 5))));
    core.channel("c").join(listener);
    core.connect();
    world.settle();
    links.last().accept();
    world.settle();
    assertEquals(Collections.singletonList("/one?limit=200&cursor=x"), queries);
    page("{\"data\":[{\"id\":2}],\"position\":\"e:9\",\"nextCursor\":null}");
    assertEquals(new Position("e", 5), memory.position("c"));
  }

  @Test
  @DisplayName("a new life of the log goes on where the server says, also when the store fails at first and something waits")
  void newLifeFails() {
    FakeLinks.FakeLink link = connected();
    link.give(publication(1));
    world.settle();
    store.fails = true;
    link.give(publication(2));
    link.give("{\"type\":\"subscribed\",\"channel\":\"c\",\"position\":\"f:1\",\"recovered\":false}");
    world.settle();
    store.fails = false;
    link.give(publication(2));
    world.settle();
    heard.removeIf(each -> each.startsWith("error"));
    assertEquals(Arrays.asList("e:1", "f:2"), heard);
    assertEquals(new Position("f", 2), memory.position("c"));
  }
}

package ph.tambuli.internal.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import ph.tambuli.ConnectionState.Status;
import ph.tambuli.json.JsonObject;

/** The one connection: sleep, clocks, transports, the background. */
class CoreConnectionTest extends CoreFixture {
  @Test
  @DisplayName("a phone that slept asks at once whether the connection lives, and replaces one that does not answer")
  void doze() {
    FakeLinks.FakeLink link = connected();
    world.jump(3_600_000);
    world.advance(10_000);
    assertEquals(1, link.count("ping"));
    world.advance(2_900);
    assertFalse(link.isClosed);
    world.advance(200);
    assertTrue(link.isClosed);
    world.settle();
    FakeLinks.FakeLink next = links.last();
    assertTrue(next != link);
    next.accept();
    world.settle();
    assertEquals(Status.CONNECTED, core.state().status);
  }

  @Test
  @DisplayName("a ping tells what the store has, once, and again when something came")
  void tells() {
    FakeLinks.FakeLink link = connected();
    assertEquals("c@" + core.channel("c").state().position, core.ping().string("positions"));
    assertEquals("{\"type\":\"ping\"}", core.ping().toString());
    link.give(publication(1));
    world.settle();
    world.advance(500);
    assertEquals("{\"type\":\"ping\",\"positions\":\"c@e:1\",\"settledMs\":500}", core.ping().toString());
    assertEquals("{\"type\":\"ping\"}", core.ping().toString());
  }

  @Test
  @DisplayName("a clock that was set back does not put off the next look at the connection")
  void clockSetBack() {
    FakeLinks.FakeLink link = connected();
    world.jump(-86_400_000);
    world.advance(10_000);
    assertEquals(1, link.count("ping"));
    link.answer();
    world.advance(25_100);
    assertEquals(1, link.count("ping"));
  }

  @Test
  @DisplayName("three sockets that died without a frame are followed by polls, and a socket that works is taken up again")
  void fallsBackAndReturns() {
    core.channel("c").join(listener);
    core.connect();
    for (int n = 0; n < 3; n++) {
      FakeLinks.FakeLink socket = next();
      assertEquals("websocket", socket.kind);
      socket.lose(1006);
    }
    FakeLinks.FakeLink poll = next();
    assertEquals("poll", poll.kind);
    poll.accept();
    poll.give(publication(1));
    world.settle();
    for (int n = 0; n < 61; n++) {
      world.advance(1_000);
      poll.answer();
    }
    FakeLinks.FakeLink probed = links.last();
    assertEquals("websocket", probed.kind);
    assertFalse(poll.isClosed);
    probed.give("{\"type\":\"connected\",\"heartbeatMs\":25000}");
    world.settle();
    assertTrue(poll.isClosed);
    JsonObject subscribe = probed.sent.stream().filter(frame -> "subscribe".equals(frame.string("type"))).findFirst().get();
    assertEquals("e:1", ((JsonObject) subscribe.list("channels").get(0)).string("since"));
    probed.answer();
    probed.give(publication(2));
    world.settle();
    assertEquals(Arrays.asList("e:1", "e:2"), heard);
  }

  @Test
  @DisplayName("a good connection that is lost, and a deploy, keep the transport")
  void keepsTransport() {
    connected();
    for (int code : new int[] {1006, 4001, 1006, 4001, 1006}) {
      links.last().lose(code);
      FakeLinks.FakeLink next = next();
      assertEquals("websocket", next.kind);
      next.accept();
      world.settle();
    }
  }

  @Test
  @DisplayName("a listener that comes within two seconds of the last one's leaving sends nothing")
  void comesBackSoon() {
    FakeLinks.FakeLink link = connected();
    core.channel("c").leave(listener);
    world.advance(1_900);
    core.channel("c").join(listener);
    world.advance(5_000);
    assertEquals(0, link.sent.size());
    core.channel("c").leave(listener);
    world.advance(2_100);
    assertEquals(1, link.count("unsubscribe"));
  }

  @Test
  @DisplayName("in the background a lost connection is left alone until the app is in front")
  void background() {
    connected();
    core.sleep();
    links.last().lose(1006);
    int opened = links.opened.size();
    world.advance(3_600_000);
    assertEquals(opened, links.opened.size());
    assertEquals(Status.DISCONNECTED, core.state().status);
    core.wake();
    world.settle();
    assertEquals(opened + 1, links.opened.size());
  }
}

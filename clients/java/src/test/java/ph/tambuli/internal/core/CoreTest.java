package ph.tambuli.internal.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import ph.tambuli.ChannelListener;
import ph.tambuli.ChannelState;
import ph.tambuli.ClientListener;
import ph.tambuli.ConnectionState.Status;
import ph.tambuli.Position;
import ph.tambuli.Publication;
import ph.tambuli.TambuliException;
import ph.tambuli.internal.link.Answer;
import ph.tambuli.internal.link.Requests;
import ph.tambuli.json.JsonObject;
import ph.tambuli.store.FillPage;
import ph.tambuli.store.FillPlace;
import ph.tambuli.store.MemoryStore;

/** The client without a network, and with time that the test moves. */
class CoreTest {
  private final ManualWorld world = new ManualWorld();
  private final FakeLinks links = new FakeLinks();
  private final MemoryStore memory = new MemoryStore();
  private final FailingStore store = new FailingStore(memory);
  private final List<String> queries = new ArrayList<>();
  private Consumer<Answer> reply;
  private final List<String> heard = new ArrayList<>();
  private final Callbacks callbacks = new Callbacks(world::execute);
  private Core core;

  @BeforeEach
  void make() {
    Requests requests =
        (query, to) -> {
          queries.add(query.path);
          reply = to;
          return () -> reply = null;
        };
    Identity identity = new Identity(world, null, "token", null, null, Runnable::run);
    core = new Core(world, store, callbacks, links, requests, identity, "websocket", "poll");
    callbacks.add(
        new ClientListener() {
          @Override
          public void onError(TambuliException error) {
            heard.add("error " + error.code());
          }
        });
  }

  private final ChannelListener listener =
      new ChannelListener() {
        @Override
        public void onPublication(Publication publication) {
          heard.add(publication.position().toString());
        }

        @Override
        public void onFilled() {
          heard.add("filled");
        }
      };

  private FakeLinks.FakeLink connected() {
    core.channel("c").join(listener);
    core.connect();
    world.settle();
    links.last().accept();
    world.settle();
    links.last().answer();
    world.settle();
    assertEquals(ChannelState.Status.SUBSCRIBED, core.channel("c").state().status);
    return links.last();
  }

  /** Lets time pass until the client has dialled again. */
  private FakeLinks.FakeLink next() {
    int opened = links.opened.size();
    for (int n = 0; n < 1_000 && links.opened.size() == opened; n++) world.advance(100);
    return links.last();
  }

  private static String publication(long offset) {
    return "{\"type\":\"note\",\"channel\":\"c\",\"data\":{\"id\":1},\"offset\":" + offset + "}";
  }

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

  private void page(String body) {
    reply.accept(new Answer(200, JsonObject.parse(body), 0));
    world.settle();
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

package ph.tambuli.internal.core;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import ph.tambuli.ChannelListener;
import ph.tambuli.ChannelState;
import ph.tambuli.ClientListener;
import ph.tambuli.ConnectionState.Status;
import ph.tambuli.Publication;
import ph.tambuli.TambuliException;
import ph.tambuli.internal.link.Answer;
import ph.tambuli.internal.link.Requests;
import ph.tambuli.json.JsonObject;
import ph.tambuli.store.MemoryStore;

/** The client without a network, and with time that the test moves. */
abstract class CoreFixture {
  final ManualWorld world = new ManualWorld();
  final FakeLinks links = new FakeLinks();
  final MemoryStore memory = new MemoryStore();
  final FailingStore store = new FailingStore(memory);
  final List<String> queries = new ArrayList<>();
  private Consumer<Answer> reply;
  final List<String> heard = new ArrayList<>();
  private final Callbacks callbacks = new Callbacks(world::execute);
  Core core;

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

  final ChannelListener listener =
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

  FakeLinks.FakeLink connected() {
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
  FakeLinks.FakeLink next() {
    int opened = links.opened.size();
    for (int n = 0; n < 1_000 && links.opened.size() == opened; n++) world.advance(100);
    return links.last();
  }

  static String publication(long offset) {
    return "{\"type\":\"note\",\"channel\":\"c\",\"data\":{\"id\":1},\"offset\":" + offset + "}";
  }

  /** Replies to the last request. */
  void page(String body) {
    reply.accept(new Answer(200, JsonObject.parse(body), 0));
    world.settle();
  }

  /** Refuses the last request. */
  void fail(int status) {
    reply.accept(new Answer(status, new JsonObject(), 0));
    world.settle();
  }
}

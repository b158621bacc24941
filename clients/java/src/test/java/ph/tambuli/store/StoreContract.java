package ph.tambuli.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import ph.tambuli.OutboxItem;
import ph.tambuli.Position;
import ph.tambuli.Publication;
import ph.tambuli.json.JsonObject;

/** The contract of every {@link LocalStore}. The channel {@code notes} has rows {@code {id, text}} and is filled from /notes. */
public abstract class StoreContract {
  protected LocalStore store;

  protected abstract LocalStore open() throws Exception;

  /** The rows of the channel as {@code id=text}, sorted. */
  protected abstract List<String> rows() throws Exception;

  @BeforeEach
  void openStore() throws Exception {
    store = open();
  }

  protected static Publication publication(long offset, String event, long id, String text) {
    JsonObject row = new JsonObject().put("id", id);
    JsonObject frame = new JsonObject().put("type", "note").put("channel", "notes").put("offset", offset);
    return new Publication(
        frame.put("eventType", event).put("data", text == null ? row : row.put("text", text)), "e");
  }

  protected static Position at(long offset) {
    return new Position("e", offset);
  }

  protected void apply(Publication... publications) throws Exception {
    store.apply("notes", Arrays.asList(publications), publications[publications.length - 1].position());
  }

  @Test
  @DisplayName("rows and position move together")
  void together() throws Exception {
    assertNull(store.position("notes"));
    apply(publication(1, "created", 1, "a"), publication(2, "created", 2, "b"), publication(3, "updated", 1, "c"));
    assertEquals(Arrays.asList("1=c", "2=b"), rows());
    assertEquals(at(3), store.position("notes"));
    apply(publication(4, "deleted", 1, null));
    assertEquals(Collections.singletonList("2=b"), rows());
    apply(publication(5, "truncated", 0, null));
    assertEquals(Collections.emptyList(), rows());
  }

  @Test
  @DisplayName("what is known is left out, and what would leave a gap is refused as a whole")
  void onceAndInOrder() throws Exception {
    apply(publication(1, "created", 1, "a"), publication(2, "updated", 1, "b"));
    apply(publication(1, "created", 1, "old"), publication(2, "updated", 1, "old"), publication(3, "updated", 1, "c"));
    assertEquals(Collections.singletonList("1=c"), rows());
    assertThrows(
        IllegalStateException.class, () -> apply(publication(4, "updated", 1, "d"), publication(6, "updated", 1, "f")));
    assertEquals(Collections.singletonList("1=c"), rows());
    assertEquals(at(3), store.position("notes"));
  }

  @Test
  @DisplayName("a position moves alone to any place, also of another life of the log")
  void moves() throws Exception {
    store.apply("notes", Collections.<Publication>emptyList(), at(9));
    assertEquals(at(9), store.position("notes"));
    store.apply("notes", Collections.<Publication>emptyList(), new Position("f", 2));
    assertEquals(new Position("f", 2), store.position("notes"));
    assertNull(store.position("others"));
  }

  @Test
  @DisplayName("a fill replaces the rows, is not a position until it is whole, and says where it goes on")
  void fills() throws Exception {
    apply(publication(1, "created", 7, "old"));
    FillPlace next = new FillPlace(0, "cursor", at(5));
    store.fill("notes", new FillPage(0, Collections.singletonList(row(2, "b")), at(5), true, next));
    assertNull(store.position("notes"));
    assertEquals("cursor", store.filling("notes").cursor);
    assertEquals(at(5), store.filling("notes").position);
    store.fill("notes", new FillPage(0, Collections.singletonList(row(1, "a")), at(5), false, null));
    assertEquals(Arrays.asList("1=a", "2=b"), rows());
    assertEquals(at(5), store.position("notes"));
    assertNull(store.filling("notes"));
    assertEquals(Collections.singletonList("/notes"), store.lists("notes"));
    assertEquals(Collections.emptyList(), store.lists("others"));
  }

  @Test
  @DisplayName("the outbox keeps its order, and a refused item that waits again goes to its end")
  void outbox() throws Exception {
    for (String key : Arrays.asList("a", "b", "c")) store.add(item(key), null);
    assertThrows(Exception.class, () -> store.add(item("b"), null));
    store.remove("a");
    store.replace(item("b").refused("forbidden", "Not here."));
    List<String> keys = new ArrayList<>();
    for (OutboxItem each : store.outbox()) keys.add(each.key + ":" + each.code);
    assertEquals(Arrays.asList("c:null", "b:forbidden"), keys);
    assertEquals("{\"n\":1}", store.outbox().get(0).data);
  }

  @Test
  @DisplayName("an item is not added when the application's change of its tables fails")
  void optimistic() throws Exception {
    LocalChange fails =
        database -> {
          throw new IllegalStateException("no");
        };
    assertThrows(IllegalStateException.class, () -> store.add(item("a"), fails));
    assertEquals(Collections.emptyList(), store.outbox());
  }

  static JsonObject row(long id, String text) {
    return new JsonObject().put("id", id).put("text", text);
  }

  private static OutboxItem item(String key) {
    return new OutboxItem(key, "notes", "note", "{\"n\":1}", null, null);
  }
}

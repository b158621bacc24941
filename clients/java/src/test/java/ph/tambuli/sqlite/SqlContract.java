package ph.tambuli.sqlite;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import ph.tambuli.OutboxItem;
import ph.tambuli.Publication;
import ph.tambuli.json.JsonObject;
import ph.tambuli.store.FillPage;
import ph.tambuli.store.FillPlace;
import ph.tambuli.store.LocalStore;
import ph.tambuli.store.SqlDatabase;
import ph.tambuli.store.StoreContract;

/** The contract of every adapter of a SQLite, beside that of a store. */
public abstract class SqlContract extends StoreContract {
  @TempDir Path folder;
  SqlDatabase database;

  /** A database in this file, which may be there already. */
  public abstract SqlDatabase openDatabase(Path file) throws Exception;

  @Override
  protected LocalStore open() throws Exception {
    database = openDatabase(folder.resolve("app.db"));
    database.execute("create table if not exists notes (id integer primary key, text text not null, own text)");
    Table notes = Table.of("notes", "id").columns("text");
    return new SqlStore(database).map("notes", notes, "/notes");
  }

  @Override
  protected List<String> rows() throws Exception {
    List<String> rows = new ArrayList<>();
    for (Object[] row : database.query("select id, text from notes order by id")) rows.add(row[0] + "=" + row[1]);
    return rows;
  }

  @Test
  @DisplayName("everything is there again when the database is opened again")
  void reopened() throws Exception {
    apply(publication(1, "created", 1, "a"));
    store.add(new OutboxItem("k", "notes", "note", "{}", null, null), null);
    store.fill("notes", new FillPage(0, Collections.<JsonObject>emptyList(), at(4), false, new FillPlace(0, "c", at(4))));
    LocalStore again = open();
    assertEquals(Collections.singletonList("1=a"), rows());
    assertEquals("k", again.outbox().get(0).key);
    assertEquals("c", again.filling("notes").cursor);
  }

  @Test
  @DisplayName("a mapping that fails takes back rows and position")
  void atomic() throws Exception {
    apply(publication(1, "created", 1, "a"));
    assertThrows(
        Exception.class, () -> apply(publication(2, "created", 2, "b"), withoutText(3)));
    assertEquals(Collections.singletonList("1=a"), rows());
    assertEquals(at(1), store.position("notes"));
  }

  private static Publication withoutText(long offset) {
    JsonObject frame = new JsonObject().put("type", "note").put("channel", "notes").put("offset", offset);
    return new Publication(frame.put("data", new JsonObject().put("id", 3L).put("text", null)), "e");
  }

  @Test
  @DisplayName("columns of the application's own keep their values, and a publication of some members changes those alone")
  void partial() throws Exception {
    apply(publication(1, "created", 1, "a"));
    database.execute("update notes set own = 'mine'");
    apply(publication(2, "updated", 1, "b"), publication(3, "updated", 1, null), publication(4, "updated", 9, null));
    Object[] row = database.query("select text, own from notes").get(0);
    assertEquals(Arrays.<Object>asList("b", "mine"), Arrays.asList(row));
  }

  @Test
  @DisplayName("the application's change and the outbox are one transaction")
  void optimisticRow() throws Exception {
    OutboxItem item = new OutboxItem("k", "notes", "note", "{}", null, null);
    store.add(item, db -> db.execute("insert into notes (id, text) values (?, ?)", 5L, "mine"));
    assertEquals(Collections.singletonList("5=mine"), rows());
    assertThrows(
        Exception.class,
        () -> store.add(item, db -> db.execute("insert into notes (id, text) values (?, ?)", 6L, "mine")));
    assertEquals(Collections.singletonList("5=mine"), rows());
  }

  @Test
  @DisplayName("values keep their types: texts, whole and broken numbers, truth, nothing, lists as JSON")
  void types() throws Exception {
    database.execute("create table typed (id text primary key, n integer, r real, b integer, l text, z text)");
    Table typed = Table.of("typed", "id").columns("n", "r", "b", "l").column("z", "nothing");
    String json = "{\"id\":\"x\",\"n\":9007199254740993,\"r\":1.5,\"b\":true,\"l\":[1,{\"a\":null}],\"nothing\":null}";
    typed.put(database, JsonObject.parse(json));
    Object[] row = database.query("select id, n, r, b, l, z from typed").get(0);
    assertEquals(
        Arrays.<Object>asList("x", 9007199254740993L, 1.5, 1L, "[1,{\"a\":null}]", null), Arrays.asList(row));
  }
}

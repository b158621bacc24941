package ph.tambuli.programs;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import ph.tambuli.Publication;
import ph.tambuli.json.JsonObject;
import ph.tambuli.sqlite.JdbcDatabase;
import ph.tambuli.sqlite.SqlStore;
import ph.tambuli.sqlite.Table;

/** Publications applied to a SQLite file in a second: each in a transaction of its own, and 500 in one. */
public final class RowsBench {
  private static final int ROWS = 2_000;

  private RowsBench() {}

  public static void main(String[] arguments) throws Exception {
    int rounds = Integer.parseInt(arguments[0]);
    for (int round = 0; round < rounds; round++) {
      for (String journal : new String[] {"delete", "wal"}) {
        for (int batch : new int[] {1, 500}) {
          JsonObject event = Lines.event("measured").put("journal", journal).put("batch", batch);
          Lines.say(event.put("rowsPerSecond", measure(journal, batch)));
        }
      }
    }
  }

  private static double measure(String journal, int batch) throws Exception {
    Path folder = Files.createTempDirectory("tambuli-rows");
    Path file = folder.resolve("app.db");
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file)) {
      JdbcDatabase database = new JdbcDatabase(connection);
      database.query("pragma journal_mode = " + journal);
      database.execute("create table hearings (id integer primary key, status text, notes text, location text)");
      Table table = Table.of("hearings", "id").columns("status", "notes", "location");
      SqlStore store = new SqlStore(database).map("hearings", table);
      List<Publication> publications = publications();
      long start = System.nanoTime();
      for (int n = 0; n < ROWS; n += batch) {
        List<Publication> part = publications.subList(n, Math.min(ROWS, n + batch));
        store.apply("hearings", part, part.get(part.size() - 1).position());
      }
      return ROWS * 1e9 / (System.nanoTime() - start);
    } finally {
      for (String name : new String[] {"app.db", "app.db-wal", "app.db-shm", "app.db-journal"}) {
        Files.deleteIfExists(folder.resolve(name));
      }
      Files.delete(folder);
    }
  }

  /** Half of them change a row that is there. */
  private static List<Publication> publications() {
    List<Publication> publications = new ArrayList<>();
    for (int n = 1; n <= ROWS; n++) {
      String text =
          "{\"type\":\"hearing_update\",\"channel\":\"hearings\",\"eventType\":\"updated\",\"offset\":" + n
              + ",\"data\":{\"id\":" + (n % (ROWS / 2)) + ",\"status\":\"scheduled\",\"notes\":\"Both parties notified.\","
              + "\"location\":\"Barangay Hall, Session Room\"}}";
      publications.add(new Publication(JsonObject.parse(text), "e"));
    }
    return Collections.unmodifiableList(publications);
  }
}

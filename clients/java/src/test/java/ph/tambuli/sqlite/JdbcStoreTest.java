package ph.tambuli.sqlite;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import ph.tambuli.store.SqlDatabase;

class JdbcStoreTest extends SqlContract {
  private final List<Connection> opened = new ArrayList<>();

  @Override
  public SqlDatabase openDatabase(Path file) throws Exception {
    Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
    opened.add(connection);
    return new JdbcDatabase(connection);
  }

  @AfterEach
  void closeAll() throws Exception {
    for (Connection each : opened) each.close();
  }
}

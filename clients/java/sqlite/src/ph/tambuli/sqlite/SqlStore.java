package ph.tambuli.sqlite;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import ph.tambuli.OutboxItem;
import ph.tambuli.Position;
import ph.tambuli.Publication;
import ph.tambuli.json.JsonObject;
import ph.tambuli.store.FillPage;
import ph.tambuli.store.FillPlace;
import ph.tambuli.store.LocalChange;
import ph.tambuli.store.LocalStore;
import ph.tambuli.store.SqlDatabase;

/**
 * Rows, positions and outbox in one SQLite: the application's. Two tables of its own, {@code tambuli_positions} and
 * {@code tambuli_outbox}, stand beside the application's. One database belongs to one user.
 */
public final class SqlStore implements LocalStore {
  private final SqlDatabase database;
  private final Map<String, List<Listed>> channels = new HashMap<>();
  private boolean hasTables;

  /** Touches the database first on the client's own thread, and makes the two tables there. */
  public SqlStore(SqlDatabase database) {
    this.database = database;
  }

  /** Publications of a channel go to this mapping too. A channel may have several. */
  public SqlStore map(String channel, RowMapping mapping) {
    return map(channel, mapping, null);
  }

  /** The same; {@code list} is the address of the route that fills it at first: {@code /api/barangay/hearings}. */
  public SqlStore map(String channel, RowMapping mapping, String list) {
    List<Listed> of = channels.get(channel);
    if (of == null) channels.put(channel, of = new ArrayList<>());
    of.add(new Listed(mapping, list));
    return this;
  }

  @Override
  public Position position(String channel) throws Exception {
    Object[] row = stored(channel);
    return row == null || row[1] != null ? null : Position.parse((String) row[0]);
  }

  @Override
  public void apply(String channel, List<Publication> publications, Position position) throws Exception {
    open().transaction(
        () -> {
          Position stored = position(channel);
          for (Publication each : publications) {
            if (stored != null && stored.covers(each.position())) continue;
            each.requireAfter(stored);
            stored = each.position();
            if (each.isSkipped()) continue;
            for (Listed listed : mappings(channel)) listed.mapping.apply(database, each);
          }
          if (publications.isEmpty() || (stored != null && !stored.covers(position))) stored = position;
          write(channel, stored, null);
        });
  }

  @Override
  public List<String> lists(String channel) {
    List<String> lists = new ArrayList<>();
    for (Listed each : mappings(channel)) if (each.list != null) lists.add(each.list);
    return lists;
  }

  @Override
  public FillPlace filling(String channel) throws Exception {
    Object[] row = stored(channel);
    if (row == null || row[1] == null) return null;
    return new FillPlace(((Long) row[1]).intValue(), (String) row[2], Position.parse((String) row[0]));
  }

  @Override
  public void fill(String channel, FillPage page) throws Exception {
    open().transaction(
        () -> {
          if (page.isFirst) for (Listed each : filled(channel)) each.mapping.clear(database);
          RowMapping mapping = filled(channel).get(page.list).mapping;
          for (JsonObject row : page.rows) mapping.put(database, row);
          write(channel, page.position, page.next);
        });
  }

  @Override
  public List<OutboxItem> outbox() throws Exception {
    List<OutboxItem> items = new ArrayList<>();
    String sql = "select key, channel, type, data, code, message from tambuli_outbox order by place";
    for (Object[] row : open().query(sql)) {
      items.add(
          new OutboxItem(
              (String) row[0], (String) row[1], (String) row[2], (String) row[3], (String) row[4], (String) row[5]));
    }
    return items;
  }

  @Override
  public void add(OutboxItem item, LocalChange change) throws Exception {
    open().transaction(
        () -> {
          if (change != null) change.apply(database);
          insert(item);
        });
  }

  @Override
  public void replace(OutboxItem item) throws Exception {
    open().transaction(
        () -> {
          remove(item.key);
          insert(item);
        });
  }

  @Override
  public void remove(String key) throws Exception {
    open().execute("delete from tambuli_outbox where key = ?", key);
  }

  private synchronized SqlDatabase open() throws Exception {
    if (hasTables) return database;
    database.transaction(
        () -> {
          database.execute(
              "create table if not exists tambuli_positions (channel text primary key, position text not null,"
                  + " list integer, cursor text)");
          database.execute(
              "create table if not exists tambuli_outbox (place integer primary key autoincrement, key text not null"
                  + " unique, channel text not null, type text not null, data text not null, code text, message text)");
        });
    hasTables = true;
    return database;
  }

  private void insert(OutboxItem item) throws Exception {
    database.execute(
        "insert into tambuli_outbox (key, channel, type, data, code, message) values (?, ?, ?, ?, ?, ?)",
        item.key,
        item.channel,
        item.type,
        item.data,
        item.code,
        item.message);
  }

  private Object[] stored(String channel) throws Exception {
    List<Object[]> rows =
        open().query("select position, list, cursor from tambuli_positions where channel = ?", channel);
    return rows.isEmpty() ? null : rows.get(0);
  }

  private void write(String channel, Position position, FillPlace next) throws Exception {
    database.execute(
        "insert or replace into tambuli_positions (channel, position, list, cursor) values (?, ?, ?, ?)",
        channel,
        position.toString(),
        next == null ? null : Long.valueOf(next.list),
        next == null ? null : next.cursor);
  }

  private List<Listed> mappings(String channel) {
    List<Listed> of = channels.get(channel);
    return of == null ? new ArrayList<>() : of;
  }

  private List<Listed> filled(String channel) {
    List<Listed> filled = new ArrayList<>();
    for (Listed each : mappings(channel)) if (each.list != null) filled.add(each);
    return filled;
  }

  private static final class Listed {
    final RowMapping mapping;
    final String list;

    Listed(RowMapping mapping, String list) {
      this.mapping = mapping;
      this.list = list;
    }
  }
}

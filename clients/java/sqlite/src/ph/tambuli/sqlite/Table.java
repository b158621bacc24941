package ph.tambuli.sqlite;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import ph.tambuli.Publication;
import ph.tambuli.json.Json;
import ph.tambuli.json.JsonObject;
import ph.tambuli.store.SqlDatabase;

/**
 * A table whose rows are the data of publications: {@code deleted} removes a row, {@code truncated} all of them, anything
 * else inserts or updates one. Columns that the table has and the publication has not keep their values.
 */
public final class Table implements RowMapping {
  private final String name;
  private final String key;
  /** By name on the wire, the column. */
  private final Map<String, String> columns = new LinkedHashMap<>();
  private List<String> types = new ArrayList<>();

  private Table(String name, String key) {
    this.name = name;
    this.key = key;
    columns.put(key, key);
  }

  /** {@code key}: the column, and the member of the data, that names a row. */
  public static Table of(String name, String key) {
    return new Table(name, key);
  }

  /** Columns called as the members of the data are, such as {@code hearingDate}. */
  public Table columns(String... names) {
    for (String each : names) columns.put(each, each);
    return this;
  }

  /** A column called otherwise than the member of the data. */
  public Table column(String column, String member) {
    columns.put(member, column);
    return this;
  }

  /** Publications of other types are not for this table. Without it, all are. */
  public Table types(String... names) {
    types = Arrays.asList(names);
    return this;
  }

  @Override
  public void apply(SqlDatabase database, Publication publication) throws Exception {
    if (!types.isEmpty() && !types.contains(publication.type())) return;
    JsonObject row = publication.row();
    String event = publication.eventType();
    if ("truncated".equals(event)) clear(database);
    else if (row == null || !row.has(key)) return;
    else if ("deleted".equals(event)) delete(database, row);
    else write(database, row, !"created".equals(event));
  }

  @Override
  public void put(SqlDatabase database, JsonObject row) throws Exception {
    write(database, row, false);
  }

  @Override
  public void clear(SqlDatabase database) throws Exception {
    database.execute("delete from " + quoted(name));
  }

  private void delete(SqlDatabase database, JsonObject row) throws Exception {
    database.execute("delete from " + quoted(name) + " where " + keyIs(), valueOf(row.get(key)));
  }

  /** Both statements exist since Android 8; {@code on conflict do update} came with Android 11. */
  private void write(SqlDatabase database, JsonObject row, boolean isLikelyThere) throws Exception {
    if (isLikelyThere && update(database, row)) return;
    if (insert(database, row)) return;
    if (!isLikelyThere && update(database, row)) return;
    // A row over the limit of a publication leaves with its key alone: there is nothing to insert yet.
    boolean isWhole = row.names().containsAll(columns.keySet());
    if (isWhole) throw new IllegalStateException("A constraint of the table " + name + " refuses a row: " + row);
  }

  private boolean update(SqlDatabase database, JsonObject row) throws Exception {
    List<Object> values = new ArrayList<>();
    StringBuilder sets = new StringBuilder();
    for (Map.Entry<String, String> each : columns.entrySet()) {
      if (each.getKey().equals(key) || !row.has(each.getKey())) continue;
      sets.append(sets.length() == 0 ? "" : ", ").append(quoted(each.getValue())).append(" = ?");
      values.add(valueOf(row.get(each.getKey())));
    }
    // A row of its key alone changes nothing, and is there or not.
    if (sets.length() == 0) sets.append(quoted(columns.get(key))).append(" = ").append(quoted(columns.get(key)));
    values.add(valueOf(row.get(key)));
    String sql = "update " + quoted(name) + " set " + sets + " where " + keyIs();
    return database.execute(sql, values.toArray()) > 0;
  }

  private boolean insert(SqlDatabase database, JsonObject row) throws Exception {
    List<Object> values = new ArrayList<>();
    StringBuilder names = new StringBuilder();
    StringBuilder places = new StringBuilder();
    for (Map.Entry<String, String> each : columns.entrySet()) {
      if (!row.has(each.getKey())) continue;
      String separator = names.length() == 0 ? "" : ", ";
      names.append(separator).append(quoted(each.getValue()));
      places.append(separator).append('?');
      values.add(valueOf(row.get(each.getKey())));
    }
    String sql = "insert or ignore into " + quoted(name) + " (" + names + ") values (" + places + ")";
    return database.execute(sql, values.toArray()) > 0;
  }

  private String keyIs() {
    return quoted(columns.get(key)) + " = ?";
  }

  /** Returns the value as SQLite stores it: truth as 1 and 0, lists and objects as their JSON text. */
  private static Object valueOf(Object value) {
    if (value instanceof Boolean) return (Boolean) value ? 1L : 0L;
    if (value == null || value instanceof String || value instanceof Number) return value;
    return Json.write(value);
  }

  private static String quoted(String name) {
    return '"' + name.replace("\"", "\"\"") + '"';
  }
}

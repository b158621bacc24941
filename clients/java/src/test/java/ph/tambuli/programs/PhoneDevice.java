package ph.tambuli.programs;

import java.sql.Connection;
import java.sql.DriverManager;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import okhttp3.OkHttpClient;
import ph.tambuli.ChannelListener;
import ph.tambuli.ChannelState;
import ph.tambuli.ClientListener;
import ph.tambuli.ConnectionState;
import ph.tambuli.OutboxItem;
import ph.tambuli.Publication;
import ph.tambuli.TambuliBuilder;
import ph.tambuli.TambuliClient;
import ph.tambuli.TambuliException;
import ph.tambuli.json.JsonObject;
import ph.tambuli.sqlite.JdbcDatabase;
import ph.tambuli.sqlite.RowMapping;
import ph.tambuli.sqlite.SqlStore;
import ph.tambuli.sqlite.Table;
import ph.tambuli.store.SqlDatabase;

/** One phone of the program {@link Phone}, with its SQLite. */
final class PhoneDevice implements ClientListener {
  private static final OkHttpClient OK_HTTP = new OkHttpClient();

  final String name;
  final Connection connection;
  final SqlDatabase database;
  final TambuliClient client;
  final ExecutorService executor;
  final Map<String, TambuliClient.Subscription> subscriptions = new ConcurrentHashMap<>();
  volatile String token;

  PhoneDevice(JsonObject command) throws Exception {
    name = command.string("name");
    token = command.string("token");
    executor = Executors.newSingleThreadExecutor(task -> new Thread(task, "callbacks-" + name));
    connection = DriverManager.getConnection("jdbc:sqlite:" + command.string("file"));
    database = new JdbcDatabase(connection);
    database.query("pragma journal_mode = wal");
    database.execute("create table if not exists journal (place integer primary key, channel text, offset integer, data text)");
    database.execute("create table if not exists own (key text primary key)");
    TambuliBuilder builder =
        TambuliClient.builder(command.string("url")).okHttp(OK_HTTP).store(store()).executor(executor);
    if (token == null) builder.identity(command.string("userId"), command.string("role"));
    else builder.token(() -> {
      say(Lines.event("token_wanted"));
      return token;
    });
    List<String> transports = new ArrayList<>();
    for (Object each : command.list("transports")) transports.add((String) each);
    if (!transports.isEmpty()) builder.transports(transports.toArray(new String[0]));
    client = builder.build();
    client.listen(this);
  }

  private SqlStore store() throws Exception {
    SqlStore store = new SqlStore(database);
    String[][] tables = {
      {"hearings", "hearings", "/api/barangay/hearings", "hearing_update", "status", "notes"},
      {"cases", "cases", "/api/barangay/cases", "case_update", "caseNumber", "status"},
      {"persons", "persons", "/api/barangay/persons", "person_update", "firstName", "lastName"},
      {"persons", "person_history", "/api/barangay/persons/history", "person_history_update", "personId", "description"},
      {"notifications", "notifications", "/api/barangay/notifications", "notification", "title", "isRead"},
    };
    for (String[] each : tables) {
      database.execute(
          "create table if not exists " + each[1] + " (id integer primary key, \"" + each[4] + "\", \"" + each[5] + "\")");
      store.map(each[0], Table.of(each[1], "id").columns(each[4], each[5]).types(each[3]), each[2]);
    }
    for (String channel : new String[] {"hearings", "rooms:1", "rooms:2"}) store.map(channel, new Journal());
    return store;
  }

  ChannelListener listener(String channel) {
    return new ChannelListener() {
      @Override
      public void onPublication(Publication publication) {
        JsonObject event = Lines.event("publication").put("channel", channel).put("type", publication.type());
        say(event.put("offset", publication.position().offset).put("thread", Thread.currentThread().getName()));
      }

      @Override
      public void onWhisper(Publication whisper) {
        say(Lines.event("whisper").put("channel", channel).put("type", whisper.type()).put("userId", whisper.userId()));
      }

      @Override
      public void onFilled() {
        say(Lines.event("filled").put("channel", channel));
      }

      @Override
      public void onPresence(ph.tambuli.Presence presence) {
        say(Lines.event("presence").put("channel", channel).put("count", presence.count).put("users", presence.users));
      }

      @Override
      public void onState(ChannelState state) {
        JsonObject event = Lines.event("channel").put("channel", channel);
        event.put("status", state.status.name().toLowerCase(Locale.ROOT)).put("position", Phone.text(state.position));
        say(event.put("recovered", state.recovered).put("code", state.error == null ? null : state.error.code()));
      }
    };
  }

  void query(String sql) throws Exception {
    List<Object> rows = new ArrayList<>();
    for (Object[] row : database.query(sql)) rows.add(java.util.Arrays.asList(row));
    say(Lines.event("rows").put("rows", rows));
  }

  void close() throws Exception {
    client.close();
    say(Lines.event("closed"));
    executor.shutdown();
  }

  void say(JsonObject event) {
    Lines.say(event.put("name", name));
  }

  @Override
  public void onState(ConnectionState state) {
    JsonObject event = Lines.event("state").put("status", state.status.name().toLowerCase(Locale.ROOT));
    say(event.put("transport", state.transport).put("code", state.code));
  }

  @Override
  public void onError(TambuliException error) {
    say(Lines.event("error").put("code", error.code()).put("channel", error.channel()).put("message", error.getMessage()));
  }

  @Override
  public void onStuck(OutboxItem item) {
    say(Lines.event("stuck").put("key", item.key).put("code", item.code));
  }

  /** A line for every publication: nothing makes a repetition harmless. */
  private static final class Journal implements RowMapping {
    @Override
    public void apply(SqlDatabase database, Publication publication) throws Exception {
      database.execute(
          "insert into journal (channel, offset, data) values (?, ?, ?)",
          publication.channel(),
          publication.position().offset,
          publication.json());
    }

    @Override
    public void put(SqlDatabase database, JsonObject row) {
      // No list fills it.
      throw new UnsupportedOperationException();
    }

    @Override
    public void clear(SqlDatabase database) throws Exception {
      database.execute("delete from journal");
    }
  }
}

package ph.tambuli.programs;

import java.sql.Connection;
import java.sql.DriverManager;
import java.util.ArrayList;
import java.util.HashMap;
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
import ph.tambuli.store.LocalChange;
import ph.tambuli.sqlite.RowMapping;
import ph.tambuli.store.SqlDatabase;
import ph.tambuli.sqlite.SqlStore;
import ph.tambuli.sqlite.Table;

/**
 * Phones with SQLite on disk, driven over stdin. {@code open {name, url, file, userId, role, token, transports}} makes one.
 * Its table {@code journal} gets a line for every publication that was applied, with its channel and offset, in the
 * transaction that moves the position: a repeated or lost publication shows.
 */
public final class Phone {
  private static final OkHttpClient OK_HTTP = new OkHttpClient();
  private static final Map<String, Device> DEVICES = new HashMap<>();

  private Phone() {}

  public static void main(String[] arguments) throws Exception {
    Lines.obey(Phone::carryOut);
    System.exit(0);
  }

  private static void carryOut(JsonObject command) throws Exception {
    String name = command.string("name");
    if ("open".equals(command.string("do"))) {
      DEVICES.put(name, new Device(command));
      return;
    }
    Device device = DEVICES.get(name);
    String channel = command.string("channel");
    switch (String.valueOf(command.string("do"))) {
      case "connect":
        device.client.connect();
        break;
      case "disconnect":
        device.client.disconnect();
        break;
      case "subscribe":
        device.subscriptions.put(channel, device.client.subscribe(channel, device.listener(channel)));
        break;
      case "unsubscribe":
        device.subscriptions.remove(channel).close();
        break;
      case "publish":
        String key = command.string("key");
        device.client
            .publish(channel, command.string("type"), command.text("data"), key, own(key))
            .whenComplete(
                (position, failure) ->
                    device.say(
                        Lines.event(failure == null ? "published" : "unpublished")
                            .put("key", key)
                            .put("position", text(position))));
        break;
      case "whisper":
        device.client.whisper(channel, command.string("type"), command.text("data"));
        break;
      case "sync":
        device.client
            .sync(channel, command.string("position"))
            .whenComplete(
                (position, failure) ->
                    device.say(
                        Lines.event("synced")
                            .put("channel", channel)
                            .put("position", text(position))
                            .put("failure", text(failure))));
        break;
      case "reached":
        device.client
            .reached(channel, command.string("position"))
            .thenAccept(done -> device.say(Lines.event("reached").put("channel", channel)));
        break;
      case "history":
        device.client
            .history(channel, command.string("before"), (int) command.number("limit", 50))
            .thenAccept(
                page ->
                    device.say(
                        Lines.event("history")
                            .put("count", page.publications.size())
                            .put("position", page.position)
                            .put("more", page.more)));
        break;
      case "token":
        device.token = command.string("token");
        if (command.isTrue("shown")) device.client.setToken(device.token);
        break;
      case "query":
        device.query(command.string("sql"));
        break;
      case "close":
        device.close();
        DEVICES.remove(name);
        break;
      default:
        throw new IllegalArgumentException(command.toString());
    }
  }

  /** A row that shows which publications the outbox has taken. */
  private static LocalChange own(String key) {
    return database -> database.execute("insert into own (key) values (?)", key);
  }

  private static String text(Object value) {
    return value == null ? null : value.toString();
  }

  private static final class Device implements ClientListener {
    final String name;
    final Connection connection;
    final SqlDatabase database;
    final TambuliClient client;
    final ExecutorService executor;
    final Map<String, TambuliClient.Subscription> subscriptions = new ConcurrentHashMap<>();
    volatile String token;

    Device(JsonObject command) throws Exception {
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
          event.put("status", state.status.name().toLowerCase(Locale.ROOT)).put("position", text(state.position));
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

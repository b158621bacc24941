package ph.tambuli.programs;

import java.util.HashMap;
import java.util.Map;
import ph.tambuli.json.JsonObject;
import ph.tambuli.store.LocalChange;

/**
 * Phones with SQLite on disk, driven over stdin. {@code open {name, url, file, userId, role, token, transports}} makes one.
 * Its table {@code journal} gets a line for every publication that was applied, with its channel and offset, in the
 * transaction that moves the position: a repeated or lost publication shows.
 */
public final class Phone {
  private static final Map<String, PhoneDevice> DEVICES = new HashMap<>();

  private Phone() {}

  public static void main(String[] arguments) throws Exception {
    Lines.obey(Phone::carryOut);
    System.exit(0);
  }

  private static void carryOut(JsonObject command) throws Exception {
    String name = command.string("name");
    if ("open".equals(command.string("do"))) {
      DEVICES.put(name, new PhoneDevice(command));
      return;
    }
    PhoneDevice device = DEVICES.get(name);
    String channel = command.string("channel");
    switch (String.valueOf(command.string("do"))) {
      case "connect":
        device.client.connect();
        break;
      case "disconnect":
        device.client.disconnect();
        break;
      case "foreground":
        device.client.foreground();
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

  static String text(Object value) {
    return value == null ? null : value.toString();
  }
}

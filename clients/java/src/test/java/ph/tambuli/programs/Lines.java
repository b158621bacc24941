package ph.tambuli.programs;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import ph.tambuli.json.JsonObject;

/** One JSON object per line: commands on stdin, events on stdout. */
final class Lines {
  private Lines() {}

  interface Command {
    void carryOut(JsonObject command) throws Exception;
  }

  /** Returns at the end of stdin. */
  static void obey(Command command) throws Exception {
    say(event("ready"));
    BufferedReader input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = input.readLine(); line != null; line = input.readLine()) {
      if (!line.isEmpty()) command.carryOut(JsonObject.parse(line));
    }
  }

  static JsonObject event(String name) {
    return new JsonObject().put("event", name);
  }

  static synchronized void say(JsonObject event) {
    byte[] line = (event + "\n").getBytes(StandardCharsets.UTF_8);
    try {
      System.out.write(line);
    } catch (IOException impossible) {
      throw new AssertionError(impossible);
    }
    System.out.flush();
  }
}

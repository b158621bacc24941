package ph.tambuli.example;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import okhttp3.OkHttpClient;
import ph.tambuli.ChannelListener;
import ph.tambuli.ClientListener;
import ph.tambuli.ConnectionState;
import ph.tambuli.Publication;
import ph.tambuli.TambuliClient;
import ph.tambuli.TambuliException;
import ph.tambuli.sqlite.JdbcDatabase;
import ph.tambuli.sqlite.SqlStore;
import ph.tambuli.sqlite.Table;

/**
 * An officer's phone as a program: {@code BarangayConsole http://localhost:3000 user123 officer phone.db}. Type
 * {@code rows}, {@code airplane on}, {@code airplane off} or {@code quit}.
 */
public final class BarangayConsole {
  private BarangayConsole() {}

  public static void main(String[] arguments) throws Exception {
    AirplaneMode airplane = new AirplaneMode();
    OkHttpClient okHttp = new OkHttpClient.Builder().socketFactory(airplane).build();
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + arguments[3])) {
      JdbcDatabase database = new JdbcDatabase(connection);
      database.execute(
          "create table if not exists hearings (id integer primary key, hearingDate text, hearingTime text, status text)");
      Table hearings = Table.of("hearings", "id").columns("hearingDate", "hearingTime", "status");
      SqlStore store = new SqlStore(database).map("hearings", hearings, "/api/barangay/hearings");

      TambuliClient client =
          TambuliClient.builder(arguments[0])
              .okHttp(okHttp)
              .identity(arguments[1], arguments[2])
              .store(store)
              .build();
      client.listen(new Printer());
      client.subscribe("hearings", new HearingPrinter());
      client.connect();
      obey(client, airplane, database);
      client.close();
    }
  }

  private static void obey(TambuliClient client, AirplaneMode airplane, JdbcDatabase database) throws Exception {
    BufferedReader input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = input.readLine(); line != null && !line.equals("quit"); line = input.readLine()) {
      if (line.startsWith("airplane ")) {
        boolean isOn = line.endsWith("on");
        airplane.set(isOn);
        client.network(!isOn);
        System.out.println("airplane mode " + (isOn ? "on" : "off"));
      } else {
        for (Object[] row : database.query("select id, hearingDate, hearingTime, status from hearings order by id")) {
          System.out.println("hearing " + row[0] + ": " + row[1] + " " + row[2] + ", " + row[3]);
        }
      }
    }
  }

  private static final class Printer implements ClientListener {
    private String former = "";

    @Override
    public void onState(ConnectionState state) {
      String now = state.status + (state.transport == null ? "" : " by " + state.transport);
      if (!now.equals(former)) System.out.println(state);
      former = now;
    }

    @Override
    public void onError(TambuliException error) {
      System.out.println("error: " + error.getMessage());
    }
  }

  private static final class HearingPrinter implements ChannelListener {
    @Override
    public void onPublication(Publication publication) {
      System.out.println(publication.eventType() + ": hearing " + publication.row().get("id"));
    }

    @Override
    public void onFilled() {
      System.out.println("filled");
    }
  }
}

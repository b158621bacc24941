package ph.tambuli.example.barangay;

import android.app.Activity;
import android.os.Bundle;
import android.widget.TextView;
import androidx.lifecycle.LiveData;
import androidx.lifecycle.Observer;
import java.util.List;
import ph.tambuli.ChannelListener;
import ph.tambuli.ClientListener;
import ph.tambuli.ConnectionState;
import ph.tambuli.Publication;
import ph.tambuli.TambuliClient;

/** The list of hearings. It shows the table alone: what Tambuli writes into it appears, and airplane mode changes nothing. */
public final class HearingsActivity extends Activity {
  private final Observer<List<Hearing>> show = this::show;
  private LiveData<List<Hearing>> hearings;
  private TambuliClient.Subscription subscription;
  private TambuliClient.Subscription states;

  @Override
  protected void onCreate(Bundle saved) {
    super.onCreate(saved);
    setContentView(R.layout.activity_hearings);
  }

  @Override
  protected void onStart() {
    super.onStart();
    BarangayApp app = (BarangayApp) getApplication();
    TextView status = findViewById(R.id.status);
    states =
        app.tambuli()
            .listen(
                new ClientListener() {
                  @Override
                  public void onState(ConnectionState state) {
                    status.setText(state.toString());
                  }
                });
    subscription =
        app.tambuli()
            .subscribe(
                "hearings",
                new ChannelListener() {
                  @Override
                  public void onPublication(Publication publication) {
                    status.setText(getString(R.string.changed, publication.eventType()));
                  }
                });
    hearings = app.database().hearings().all();
    hearings.observeForever(show);
  }

  /** A screen that is turned is stopped and started within two seconds: nothing is sent. */
  @Override
  protected void onStop() {
    hearings.removeObserver(show);
    subscription.close();
    states.close();
    super.onStop();
  }

  private void show(List<Hearing> rows) {
    StringBuilder text = new StringBuilder();
    for (Hearing each : rows) {
      text.append(each.hearingDate).append(' ').append(each.hearingTime).append("  ").append(each.status).append('\n');
    }
    TextView list = findViewById(R.id.hearings);
    list.setText(text);
  }
}

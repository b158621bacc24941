package ph.tambuli.example.barangay;

import com.google.firebase.messaging.FirebaseMessagingService;
import com.google.firebase.messaging.RemoteMessage;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import ph.tambuli.android.PushMessages;
import ph.tambuli.android.TambuliOwner;

/** A message says what is new; the rows come from the log. Firebase lets this method run for some seconds. */
public final class PushService extends FirebaseMessagingService {
  private static final long LIMIT_SECONDS = 15;

  @Override
  public void onMessageReceived(RemoteMessage message) {
    TambuliOwner owner = (TambuliOwner) getApplicationContext();
    Future<?> synced = PushMessages.received(owner.tambuli(), message.getData());
    if (synced == null) return;
    try {
      synced.get(LIMIT_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
    } catch (java.util.concurrent.ExecutionException | java.util.concurrent.TimeoutException later) {
      // The connection, the next message or the periodic job brings the same.
      return;
    }
  }
}

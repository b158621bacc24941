package ph.tambuli.android;

import androidx.lifecycle.DefaultLifecycleObserver;
import androidx.lifecycle.LifecycleOwner;
import androidx.lifecycle.ProcessLifecycleOwner;
import ph.tambuli.TambuliClient;

/** Tells the client when the app comes to the front and goes to the background. Start it on the main thread. */
public final class ForegroundWatch implements DefaultLifecycleObserver {
  private final TambuliClient client;

  private ForegroundWatch(TambuliClient client) {
    this.client = client;
  }

  public static void start(TambuliClient client) {
    ProcessLifecycleOwner.get().getLifecycle().addObserver(new ForegroundWatch(client));
  }

  @Override
  public void onStart(LifecycleOwner owner) {
    client.foreground();
  }

  @Override
  public void onStop(LifecycleOwner owner) {
    client.background();
  }
}

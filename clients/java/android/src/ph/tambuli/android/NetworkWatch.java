package ph.tambuli.android;

import android.content.Context;
import android.net.ConnectivityManager;
import android.net.Network;
import ph.tambuli.TambuliClient;

/** Tells the client when the network comes, goes or becomes another: from Wi-Fi to mobile data, for example. */
public final class NetworkWatch extends ConnectivityManager.NetworkCallback implements AutoCloseable {
  private final TambuliClient client;
  private final ConnectivityManager manager;

  private NetworkWatch(TambuliClient client, ConnectivityManager manager) {
    this.client = client;
    this.manager = manager;
  }

  /** Needs the permission {@code ACCESS_NETWORK_STATE}. */
  public static NetworkWatch start(Context context, TambuliClient client) {
    ConnectivityManager manager =
        (ConnectivityManager) context.getSystemService(Context.CONNECTIVITY_SERVICE);
    NetworkWatch watch = new NetworkWatch(client, manager);
    manager.registerDefaultNetworkCallback(watch);
    return watch;
  }

  /** Also called when the default network is replaced by another, without {@link #onLost} before. */
  @Override
  public void onAvailable(Network network) {
    client.network(true);
  }

  @Override
  public void onLost(Network network) {
    client.network(false);
  }

  @Override
  public void close() {
    manager.unregisterNetworkCallback(this);
  }
}

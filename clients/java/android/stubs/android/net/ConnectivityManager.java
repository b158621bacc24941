package android.net;

/** Stub: what the adapters use of Android's class. */
public abstract class ConnectivityManager {
  public abstract void registerDefaultNetworkCallback(NetworkCallback callback);

  public abstract void unregisterNetworkCallback(NetworkCallback callback);

  /** Stub of Android's class. */
  public static class NetworkCallback {
    public void onAvailable(Network network) {}

    public void onLost(Network network) {}
  }
}

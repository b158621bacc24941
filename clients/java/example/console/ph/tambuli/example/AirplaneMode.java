package ph.tambuli.example;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import javax.net.SocketFactory;

/** A network that can be switched off, as a phone's can: connections break, and new ones fail. */
final class AirplaneMode extends SocketFactory {
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private volatile boolean isOn;

  void set(boolean on) throws IOException {
    isOn = on;
    if (!on) return;
    for (Socket each : open) each.close();
    open.clear();
  }

  @Override
  public Socket createSocket() {
    Socket socket =
        new Socket() {
          @Override
          public void connect(SocketAddress address, int timeoutMs) throws IOException {
            if (isOn) throw new SocketException("Airplane mode is on.");
            super.connect(address, timeoutMs);
          }
        };
    open.add(socket);
    return socket;
  }

  @Override
  public Socket createSocket(String host, int port) {
    throw new UnsupportedOperationException("OkHttp connects by itself.");
  }

  @Override
  public Socket createSocket(String host, int port, InetAddress local, int localPort) {
    throw new UnsupportedOperationException("OkHttp connects by itself.");
  }

  @Override
  public Socket createSocket(InetAddress host, int port) {
    throw new UnsupportedOperationException("OkHttp connects by itself.");
  }

  @Override
  public Socket createSocket(InetAddress host, int port, InetAddress local, int localPort) {
    throw new UnsupportedOperationException("OkHttp connects by itself.");
  }
}

package ph.tambuli.internal.link;

import java.util.concurrent.Semaphore;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;
import okhttp3.WebSocket;
import okhttp3.WebSocketListener;
import ph.tambuli.internal.core.World;
import ph.tambuli.json.JsonObject;

/** {@code /ws/realtime}: frames as they are. */
final class SocketLink extends WebSocketListener implements Link {
  /** Frames that were read and wait for the client; after that the socket is not read, and TCP slows the server. */
  private static final int MAX_WAITING = 1_000;
  /** Time for the close frames before the socket is cut. */
  private static final long CLOSE_MS = 2_000;

  private final World world;
  private final LinkHost host;
  private final Semaphore room = new Semaphore(MAX_WAITING);
  private final WebSocket socket;
  private volatile boolean isClosed;
  private int closeCode = 1006;
  private String closeReason;

  SocketLink(OkHttpClient http, Request request, World world, LinkHost host) {
    this.world = world;
    this.host = host;
    this.socket = http.newWebSocket(request, this);
  }

  @Override
  public void send(JsonObject frame) {
    socket.send(frame.toString());
  }

  @Override
  public void close() {
    release();
    socket.close(1000, null);
    world.after(CLOSE_MS, socket::cancel);
  }

  @Override
  public void onOpen(WebSocket opened, Response response) {
    report(() -> host.ready(this));
  }

  @Override
  public void onMessage(WebSocket from, String text) {
    JsonObject frame = frameIn(text);
    room.acquireUninterruptibly();
    report(
        () -> {
          room.release();
          host.frame(this, frame);
        });
  }

  /** A frame that is no object is of a newer server, and ignored as one of an unknown type. */
  private static JsonObject frameIn(String text) {
    try {
      return JsonObject.parse(text);
    } catch (IllegalArgumentException unknown) {
      return new JsonObject().put("type", "unknown");
    }
  }

  /** OkHttp replies to no close frame by itself. */
  @Override
  public void onClosing(WebSocket closing, int code, String reason) {
    closeCode = code;
    closeReason = reason;
    closing.close(1000, null);
  }

  @Override
  public void onClosed(WebSocket closed, int code, String reason) {
    report(() -> host.closed(this, code, reason, null, 0));
    release();
  }

  @Override
  public void onFailure(WebSocket failed, Throwable failure, Response response) {
    boolean isRefused = response != null && response.code() != 101;
    String message = isRefused ? "The server answered the upgrade with " + response.code() + "." : failure.toString();
    long retryAfterMs = OkHttpLinks.retryAfterMs(response);
    report(() -> host.closed(this, closeCode, closeReason, message, retryAfterMs));
    release();
  }

  private void report(Runnable call) {
    if (!isClosed) world.execute(call);
  }

  /** Nothing more is reported, and the reader does not wait. */
  private void release() {
    isClosed = true;
    room.release(MAX_WAITING);
  }
}

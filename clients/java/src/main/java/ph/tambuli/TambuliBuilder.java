package ph.tambuli;

import java.util.concurrent.Executor;
import okhttp3.HttpUrl;
import okhttp3.OkHttpClient;
import ph.tambuli.store.LocalStore;

/** The parts of a client. */
public final class TambuliBuilder {
  final HttpUrl url;
  OkHttpClient okHttp;
  TokenSource source;
  String token;
  String userId;
  String role;
  LocalStore store;
  Executor executor;
  String[] transports = {"websocket", "poll"};

  TambuliBuilder(String url) {
    this.url = HttpUrl.parse(url.replaceFirst("^ws", "http"));
    if (this.url == null) throw new IllegalArgumentException("\"" + url + "\" is no address: give one as https://rt.example.ph.");
  }

  /** The application's own client: its connections, certificates, proxy and interceptors are used, and it is never closed. */
  public TambuliBuilder okHttp(OkHttpClient client) {
    okHttp = client;
    return this;
  }

  /** The source of tokens. */
  public TambuliBuilder token(TokenSource tokens) {
    source = tokens;
    return this;
  }

  /** One token that stays; {@link TambuliClient#setToken} replaces it. */
  public TambuliBuilder token(String fixed) {
    token = fixed;
    return this;
  }

  /** The user, for a server in insecure mode. */
  public TambuliBuilder identity(String user, String itsRole) {
    userId = user;
    role = itsRole;
    return this;
  }

  /** The store of rows, positions and outbox. Without it they are in memory. */
  public TambuliBuilder store(LocalStore kept) {
    store = kept;
    return this;
  }

  /** The executor on which listeners and promises are called: on Android {@code handler::post} of a handler of the main thread. */
  public TambuliBuilder executor(Executor callbacks) {
    executor = callbacks;
    return this;
  }

  /** In the order of preference; by default {@code websocket, poll}. */
  public TambuliBuilder transports(String... names) {
    transports = names.clone();
    return this;
  }

  public TambuliClient build() {
    return new TambuliClient(this);
  }
}

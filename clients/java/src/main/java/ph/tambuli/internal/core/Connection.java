package ph.tambuli.internal.core;

import ph.tambuli.TokenSource;
import ph.tambuli.internal.link.Link;
import ph.tambuli.internal.link.LinkHost;
import ph.tambuli.internal.link.Links;
import ph.tambuli.internal.machine.Around;
import ph.tambuli.internal.machine.Effect;
import ph.tambuli.internal.machine.Fault;
import ph.tambuli.internal.machine.FrameKind;
import ph.tambuli.internal.machine.Phase;
import ph.tambuli.internal.machine.State;
import ph.tambuli.internal.machine.Step;
import ph.tambuli.json.JsonObject;

/** The one connection: feeds the machine with events, and carries out its effects. Runs on the thread of the client. */
final class Connection implements LinkHost {
  private static final long DEFAULT_SILENCE_MS = 25_000;

  private final World world;
  private final Links links;
  private final Identity identity;
  private final String[] transports;
  private final Owner owner;

  private State state = State.INITIAL;
  private Link link;
  private Link probed;
  private boolean isReady;
  private boolean isOnline = true;
  private long silenceMs = DEFAULT_SILENCE_MS;
  /** Grows with every order for a token: an answer to an older one is dropped. */
  private int orders;
  private Runnable due;
  private Runnable probe;
  private final ClockWatch clocks;
  private final TokenRefresh refresh;

  /** Hears of the connection. */
  interface Owner {
    /** The identity was sent; now come the subscriptions. */
    void ready();

    void frame(JsonObject frame);

    void lost(int code);

    void changed();
  }

  Connection(World world, Links links, Identity identity, String[] transports, Owner owner) {
    this.world = world;
    this.links = links;
    this.identity = identity;
    this.transports = transports;
    this.owner = owner;
    this.clocks = new ClockWatch(world, this::wake);
    this.refresh = new TokenRefresh(world, identity, this::tokenChanged, this::refused);
  }

  State state() {
    return state;
  }

  /** The name of the transport in use, or null while there is none. */
  String transport() {
    return link == null ? null : transports[state.transport];
  }

  boolean isReady() {
    return isReady;
  }

  void send(JsonObject frame) {
    if (isReady) link.send(frame);
  }

  void connect() {
    take(Phase.connect(state, around()));
    clocks.start();
  }

  void disconnect() {
    orders++;
    clocks.stop();
    take(Phase.disconnect(state, around()));
  }

  /** The app is in front, or something happened after which the network is another. */
  void wake() {
    take(Phase.wake(state, around()));
    refresh.look();
  }

  void sleep() {
    take(Phase.sleep(state, false, around()));
  }

  void online(boolean online) {
    isOnline = online;
    if (online) wake();
  }

  /** Shows a new token on the open socket, or begins with it. */
  void tokenChanged() {
    JsonObject auth = identity.authFrame();
    if (isReady && auth != null) link.send(auth);
    else if (state.phase == Phase.STOPPED) connect();
  }

  // Reports of a link.

  @Override
  public void ready(Link from) {
    if (from != link) return;
    isReady = true;
    JsonObject auth = identity.authFrame();
    if (auth != null) link.send(auth);
    owner.ready();
  }

  @Override
  public void frame(Link from, JsonObject frame) {
    if (from == probed && probed != null) {
      take(Phase.adopt(state, around()));
      return;
    }
    if (from != link) return;
    String type = String.valueOf(frame.string("type"));
    if (type.equals("connected")) silenceMs = frame.number("heartbeatMs", DEFAULT_SILENCE_MS);
    if (type.equals("error") && isAboutToken(frame)) {
      Fault fault = new Fault(frame.string("code"), frame.string("message"));
      take(Phase.denied(state, fault, identity.isRenewable(), around()));
      return;
    }
    take(Phase.frame(state, kindOf(frame, type), around()));
    if (type.equals("authenticated")) refresh.plan(frame.string("expiresAt"));
    if (from == link) owner.frame(frame);
  }

  @Override
  public void alive(Link from) {
    if (from == link) take(Phase.frame(state, FrameKind.OTHER, around()));
  }

  @Override
  public void closed(Link from, int code, String reason, String message, long retryAfterMs) {
    if (from == probed && probed != null) {
      probed = null;
      return;
    }
    if (from != link) return;
    link = null;
    gone(code);
    String why = reason == null || reason.isEmpty() ? Sentences.ofClose(code) : reason;
    take(Phase.closed(state, code, new Fault(why, message), retryAfterMs, around()));
  }

  private static FrameKind kindOf(JsonObject frame, String type) {
    if (type.equals("connected")) return FrameKind.GREETING;
    if (type.equals("authenticated")) return FrameKind.AUTHENTICATED;
    return frame.has("offset") || type.equals("batch") ? FrameKind.PUBLICATION : FrameKind.OTHER;
  }

  private static boolean isAboutToken(JsonObject frame) {
    return !frame.has("channel") && Sentences.ABOUT_TOKEN.contains(String.valueOf(frame.string("code")));
  }

  // Orders of the machine.

  private Around around() {
    return new Around(world.now(), world.random(), isOnline, transports.length, silenceMs);
  }

  private void take(Step step) {
    State former = state;
    state = step.state;
    for (Effect each : step.effects) carryOut(each);
    arm(former);
    if (former.phase != state.phase || former.fault != state.fault || former.attempt != state.attempt) owner.changed();
  }

  private void carryOut(Effect effect) {
    switch (effect) {
      case TOKEN:
        int order = ++orders;
        world.execute(() -> identity.obtain(failure -> obtained(order, failure)));
        break;
      case DIAL:
        link = transports[state.transport].equals("poll") ? links.poll(this) : links.webSocket(this);
        break;
      case HANG_UP:
        if (link != null) link.close();
        link = null;
        gone(1000);
        break;
      case PING:
        if (isReady) link.send(new JsonObject().put("type", "ping"));
        break;
      case PROBE:
        if (probed == null) probed = links.webSocket(this);
        break;
      case ADOPT:
        if (link != null) link.close();
        link = probed;
        probed = null;
        gone(1000);
        Link adopted = link;
        world.execute(() -> ready(adopted));
        break;
      case DISMISS:
        if (probed != null) probed.close();
        probed = null;
        break;
      case FORGET:
        identity.forget();
        break;
      default:
        throw new AssertionError(effect);
    }
  }

  private void obtained(int order, Exception failure) {
    if (order != orders) return;
    if (failure == null) take(Phase.token(state, around()));
    else refused(failure);
  }

  private void refused(Exception failure) {
    boolean isForGood = failure instanceof TokenSource.Unauthorized;
    Fault fault = new Fault(isForGood ? "unauthorized" : "token_failed", failure.toString());
    take(Phase.tokenless(state, fault, isForGood, around()));
  }

  private void gone(int code) {
    refresh.cancel();
    isReady = false;
    owner.lost(code);
  }

  private void arm(State former) {
    if (due == null || former.due != state.due) {
      if (due != null) due.run();
      due = state.due == 0 ? null : world.after(left(state.due), () -> take(Phase.due(state, around())));
    }
    if (probe == null || former.probeAt != state.probeAt) {
      if (probe != null) probe.run();
      probe = state.probeAt == 0 ? null : world.after(left(state.probeAt), () -> take(Phase.probe(state, around())));
    }
  }

  private long left(long at) {
    return Math.max(0, at - world.now());
  }
}

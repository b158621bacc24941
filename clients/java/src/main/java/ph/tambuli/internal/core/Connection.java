package ph.tambuli.internal.core;

import java.util.function.Consumer;
import ph.tambuli.TokenSource;
import ph.tambuli.internal.link.Link;
import ph.tambuli.internal.link.LinkHost;
import ph.tambuli.internal.link.Links;
import ph.tambuli.internal.machine.Around;
import ph.tambuli.internal.machine.Cell;
import ph.tambuli.internal.machine.Effect;
import ph.tambuli.internal.machine.Fault;
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
  private final Core core;
  private final Replies replies;

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

  Connection(World world, Links links, Identity identity, String[] transports, Core core) {
    this.world = world;
    this.links = links;
    this.identity = identity;
    this.transports = transports;
    this.core = core;
    this.replies = new Replies(world);
    this.clocks = new ClockWatch(world, this::wake);
    identity.onRenewed(
        failure -> {
          if (failure == null) tokenChanged();
          else refused(failure);
        });
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

  /** Sends the frame and hands on its reply. */
  void request(JsonObject frame, Consumer<JsonObject> reply) {
    if (isReady) link.send(replies.expect(frame, reply));
    else reply.accept(Sentences.frame("offline"));
  }

  /** An id that no other frame has. */
  String nextId() {
    return replies.nextId();
  }

  void connect() {
    take(state.phase.connect);
    clocks.start();
  }

  void disconnect() {
    orders++;
    clocks.stop();
    take(state.phase.disconnect);
  }

  /** The app is in front, or something happened after which the network is another. */
  void wake() {
    take(state.phase.wake);
    identity.look();
  }

  void sleep() {
    take(state.phase.sleep);
  }

  void online(boolean online) {
    isOnline = online;
    if (online) wake();
  }

  /** Shows a new token on the open socket, or begins with it. */
  void tokenChanged() {
    if (isReady) introduce();
    else if (state.phase == Phase.STOPPED) connect();
  }

  // Reports of a link.

  @Override
  public void ready(Link from) {
    if (from != link) return;
    isReady = true;
    introduce();
    core.ready();
  }

  private void introduce() {
    JsonObject auth = identity.authFrame();
    if (auth != null) link.send(auth);
  }

  @Override
  public void frame(Link from, JsonObject frame) {
    if (from == probed && probed != null) {
      take(state.phase.adopt);
      return;
    }
    if (from != link) return;
    String type = String.valueOf(frame.string("type"));
    if (type.equals("connected")) silenceMs = frame.number("heartbeatMs", DEFAULT_SILENCE_MS);
    boolean isAboutToken = Sentences.ABOUT_TOKEN.contains(String.valueOf(frame.string("code")));
    if (type.equals("error") && isAboutToken && !frame.has("channel")) {
      boolean isFinal = !identity.isRenewable();
      take(state.phase.denied, Fault.ofToken(frame.string("code"), frame.string("message"), isFinal));
      return;
    }
    boolean isDelivery = frame.has("offset") || type.equals("batch");
    take(state.phase.frame, isDelivery ? "publication" : type);
    if (type.equals("authenticated")) identity.plan(frame.string("expiresAt"));
    if (from == link && !replies.take(frame)) core.frame(frame);
  }

  @Override
  public void alive(Link from) {
    if (from == link) take(state.phase.frame, "alive");
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
    take(state.phase.closed, Fault.closed(why, message, code, retryAfterMs));
  }

  // Orders of the machine.

  private Around around() {
    return new Around(world.now(), world.random(), isOnline, transports.length, silenceMs);
  }

  private void take(Cell cell) {
    carryOut(cell.take(state, around()));
  }

  private <E> void take(Cell.With<E> cell, E event) {
    carryOut(cell.take(state, event, around()));
  }

  private void carryOut(Step step) {
    State former = state;
    state = step.state;
    for (Effect each : step.effects) carryOut(each);
    arm(former);
    if (former.phase != state.phase || former.fault != state.fault || former.attempt != state.attempt) core.changed();
  }

  private void carryOut(Effect effect) {
    if (effect == Effect.TOKEN) {
      int order = ++orders;
      world.execute(() -> identity.obtain(false, failure -> obtained(order, failure)));
    } else if (effect == Effect.DIAL) {
      link = transports[state.transport].equals("poll") ? links.poll(this) : links.webSocket(this);
    } else if (effect == Effect.HANG_UP) {
      if (link != null) link.close();
      link = null;
      gone(1000);
    } else if (effect == Effect.PING) {
      send(core.ping());
    } else if (effect == Effect.PROBE) {
      if (probed == null) probed = links.webSocket(this);
    } else if (effect == Effect.ADOPT) {
      if (link != null) link.close();
      Link adopted = probed;
      link = adopted;
      probed = null;
      gone(1000);
      world.execute(() -> ready(adopted));
    } else if (effect == Effect.DISMISS) {
      if (probed != null) probed.close();
      probed = null;
    } else {
      identity.forget();
    }
  }

  private void obtained(int order, Exception failure) {
    if (order != orders) return;
    if (failure == null) take(state.phase.token);
    else refused(failure);
  }

  private void refused(Exception failure) {
    boolean isForGood = failure instanceof TokenSource.Unauthorized;
    String code = isForGood ? "unauthorized" : "token_failed";
    take(state.phase.tokenless, Fault.ofToken(code, failure.toString(), isForGood));
  }

  private void gone(int code) {
    identity.unplan();
    isReady = false;
    core.lost(code);
    replies.lost();
  }

  private void arm(State former) {
    due = planned(due, former.due, state.due, () -> take(state.phase.due));
    probe = planned(probe, former.probeAt, state.probeAt, () -> take(state.phase.probe));
  }

  /** The timer of a time that may have become another. */
  private Runnable planned(Runnable timer, long former, long at, Runnable task) {
    if (timer != null && former == at) return timer;
    if (timer != null) timer.run();
    return at == 0 ? null : world.after(Math.max(0, at - world.now()), task);
  }
}

package ph.tambuli.internal.machine;

/**
 * The life of the one connection at one moment, and the moves from it that several cells of {@link Phase} share. A state is
 * never changed after the step that made it.
 */
public final class State implements Cloneable {
  public static final State INITIAL = new State();

  private static final Fault NO_ANSWER = Fault.closed("no_answer", null, 1006, 0);

  public Phase phase = Phase.IDLE;
  /** Index into the transports in use. */
  public int transport;
  /** Attempts since a publication was delivered; the pauses grow with it. */
  public int attempt;
  /** Connections in a row that died without a frame. */
  int silent;
  /** Refusals of the token in a row. */
  int denials;
  /** Whether this connection has delivered a frame beside the greeting. */
  boolean heard;
  private long openedAt;
  /** 0 until a frame came. */
  public long lastHeardAt;
  /** When the phase ends by itself, on the wall clock; 0 for never. */
  public long due;
  /** When the first transport is tried beside this one; 0 for never. */
  public long probeAt;
  /** Checks in a row whose timer came too late to judge by. */
  private int late;
  /** The device is in the background: a lost connection is not replaced. */
  public boolean isAsleep;
  /** Null while all is well. */
  public Fault fault;

  private State() {}

  private State next() {
    try {
      return (State) clone();
    } catch (CloneNotSupportedException impossible) {
      throw new AssertionError(impossible);
    }
  }

  private State rest(Phase next, Fault why) {
    State state = next();
    state.phase = next;
    state.due = 0;
    state.probeAt = 0;
    state.fault = why;
    return state;
  }

  State awoken() {
    State state = next();
    state.isAsleep = false;
    return state;
  }

  Step awake(Around around) {
    return Step.of(awoken());
  }

  /** An open connection stays so in the background, until it is lost. */
  Step asleep(Around around) {
    State state = next();
    state.isAsleep = true;
    return Step.of(state);
  }

  Step fallAsleep(Around around) {
    return rest(Phase.SLEEPING, fault).asleep(around);
  }

  Step idle() {
    return Step.of(rest(Phase.IDLE, null), Effect.HANG_UP, Effect.DISMISS);
  }

  Step begin() {
    return Step.of(rest(Phase.AUTHORIZING, fault), Effect.TOKEN);
  }

  /** Begins as on an order of the application: the pauses begin anew. */
  Step beginAnew() {
    State fresh = next();
    fresh.attempt = 0;
    fresh.denials = 0;
    return fresh.begin();
  }

  Step dial(Around around) {
    State dialing = rest(Phase.OPENING, fault);
    dialing.heard = false;
    dialing.openedAt = around.now;
    dialing.due = around.now + Pause.DIAL;
    dialing.late = 0;
    return Step.of(dialing, Effect.DIAL);
  }

  private Step await(Fault why, long pauseMs, Around around, Effect... effects) {
    if (isAsleep) return Step.of(rest(Phase.SLEEPING, why), effects);
    State waiting = rest(Phase.WAITING, why);
    waiting.attempt++;
    waiting.due = around.now + pauseMs;
    return Step.of(waiting, effects);
  }

  Step lost(Fault why, Around around) {
    int code = why.closeCode;
    if (code >= 4500 && code < 5000) return Step.of(rest(Phase.STOPPED, why));
    boolean spoke = heard || code >= 4000 || code == 1009;
    State moved = next();
    moved.silent = spoke || !around.online ? 0 : silent + 1;
    if (moved.silent >= Pause.TRIES) {
      moved.transport = (transport + 1) % around.transports;
      moved.silent = 0;
    }
    boolean isAtOnce = code == 1009 || code == 4002;
    long own = isAtOnce ? Pause.FLOOR : Pause.backoff(attempt, around.random, Pause.LONGEST);
    long crowded = code == 4009 ? Pause.CROWDED : 0;
    long asked = why.afterMs + (long) (Pause.FLOOR * around.random);
    return moved.await(why, Math.max(own, Math.max(crowded, asked)), around);
  }

  Step denied(Fault why, Around around) {
    if (why.isFinal) return Step.of(rest(Phase.STOPPED, why), Effect.HANG_UP, Effect.FORGET);
    State more = next();
    more.denials++;
    long pause = denials == 0 ? Pause.FLOOR : Pause.backoff(denials, around.random, Pause.DENIED);
    return more.await(why, pause, around, Effect.HANG_UP, Effect.FORGET);
  }

  Step tokenless(Fault why, Around around) {
    if (why.isFinal) return Step.of(rest(Phase.STOPPED, why), Effect.HANG_UP);
    return await(why, Pause.backoff(attempt, around.random, Pause.LONGEST), around);
  }

  /** A connection that is there stays, unless nobody may have one. */
  Step tokenlessOpen(Fault why, Around around) {
    return why.isFinal ? tokenless(why, around) : Step.of(this);
  }

  Step heard(String type, Around around) {
    State alive = next();
    alive.lastHeardAt = around.now;
    if (type.equals("connected")) return Step.of(alive);
    boolean isDelivery = type.equals("publication");
    boolean isIdentity = type.equals("authenticated");
    // A connection that answered after a whole silence has proven itself as well as a publication would.
    boolean isProven = phase == Phase.CHECKING && around.now - openedAt > around.silenceMs;
    if (isDelivery || isProven) alive.attempt = 0;
    if (isIdentity) alive.denials = 0;
    if (isDelivery || isIdentity) alive.fault = null;
    boolean isLower = transport > 0 && around.transports > 1;
    if (!isLower) alive.probeAt = 0;
    else if (probeAt == 0) alive.probeAt = around.now + Pause.PROBE;
    if (phase != Phase.OPEN) alive.due = around.now + around.silenceMs;
    alive.phase = Phase.OPEN;
    alive.heard = true;
    alive.silent = 0;
    alive.late = 0;
    return Step.of(alive);
  }

  private Step check(Around around, long answerMs) {
    State checking = next();
    checking.phase = Phase.CHECKING;
    checking.due = around.now + answerMs;
    return Step.of(checking, Effect.PING);
  }

  Step wakeOpen(Around around) {
    State awake = awoken();
    if (probeAt == 0) return awake.check(around, Pause.ANSWER);
    awake.probeAt = around.now + Pause.PROBE;
    return awake.check(around, Pause.ANSWER).and(Effect.PROBE);
  }

  Step probe(Around around) {
    State next = next();
    next.probeAt = around.now + Pause.PROBE;
    return Step.of(next, Effect.PROBE);
  }

  Step adopt(Around around) {
    State first = next();
    first.transport = 0;
    return Step.of(first.dial(around).state, Effect.ADOPT);
  }

  /** Nothing came in the time that dialling may take. */
  Step unanswered(Around around) {
    return lost(NO_ANSWER, around).after(Effect.HANG_UP);
  }

  /** After a silence the server is asked whether it is there. */
  Step openDue(Around around) {
    long heardAt = lastHeardAt > 0 ? lastHeardAt : openedAt;
    if (around.now - heardAt >= around.silenceMs) return check(around, Pause.ROUTINE);
    State later = next();
    later.due = heardAt + around.silenceMs;
    return Step.of(later);
  }

  Step checkingDue(Around around) {
    // A timer that came late tells of a suspended device, not of the network: the question is asked again.
    if (around.now - due > Pause.LATE && late < 2) {
      State again = next();
      again.late++;
      return again.check(around, Pause.ANSWER);
    }
    if (isAsleep) return Step.of(rest(Phase.SLEEPING, NO_ANSWER), Effect.HANG_UP);
    State dead = next();
    dead.fault = NO_ANSWER;
    dead.attempt++;
    return dead.begin().after(Effect.HANG_UP);
  }
}

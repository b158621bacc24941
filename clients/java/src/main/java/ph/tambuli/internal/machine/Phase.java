package ph.tambuli.internal.machine;

/**
 * The states of the one connection, as a table: the step of each phase on every event. A phase that leaves a cell open does
 * not compile. It is the table of the TypeScript client, without what tabs of a browser need.
 */
public enum Phase {
  /** Nobody asked for a connection. */
  IDLE(
      /* connect */ (s, a) -> Moves.beginAnew(s),
      /* disconnect */ (s, a) -> Step.of(s),
      /* token */ (s, a) -> Step.of(s),
      /* tokenless */ (s, fault, forGood, a) -> Step.of(s),
      /* frame */ (s, kind, a) -> Step.of(s),
      /* denied */ (s, fault, renewable, a) -> Step.of(s),
      /* closed */ (s, code, fault, afterMs, a) -> Step.of(s),
      /* due */ (s, a) -> Step.of(s),
      /* probe */ (s, a) -> Step.of(s),
      /* adopt */ (s, a) -> Step.of(s, Effect.DISMISS),
      /* wake */ (s, a) -> Step.of(s.asleep(false)),
      /* sleep */ (s, hangUp, a) -> Step.of(s.asleep(true))),

  /** Waits for the time {@link State#due}. A refused token is refused again: its pause is not cut short by a wake. */
  WAITING(
      /* connect */ (s, a) -> Moves.begin(s),
      /* disconnect */ (s, a) -> Moves.toIdle(s),
      /* token */ (s, a) -> Step.of(s),
      /* tokenless */ (s, fault, forGood, a) -> Step.of(s),
      /* frame */ (s, kind, a) -> Step.of(s),
      /* denied */ (s, fault, renewable, a) -> Step.of(s),
      /* closed */ (s, code, fault, afterMs, a) -> Step.of(s),
      /* due */ (s, a) -> Moves.begin(s),
      /* probe */ (s, a) -> Step.of(s),
      /* adopt */ (s, a) -> Step.of(s, Effect.DISMISS),
      /* wake */ (s, a) -> s.denials > 1 ? Step.of(s.asleep(false)) : Moves.begin(s.asleep(false)),
      /* sleep */ (s, hangUp, a) -> Moves.fallAsleep(s)),

  /** Waits for a token. */
  AUTHORIZING(
      /* connect */ (s, a) -> Step.of(s),
      /* disconnect */ (s, a) -> Moves.toIdle(s),
      /* token */ Moves::dial,
      /* tokenless */ Moves::tokenless,
      /* frame */ (s, kind, a) -> Step.of(s),
      /* denied */ (s, fault, renewable, a) -> Step.of(s),
      /* closed */ (s, code, fault, afterMs, a) -> Step.of(s),
      /* due */ (s, a) -> Step.of(s),
      /* probe */ (s, a) -> Step.of(s),
      /* adopt */ (s, a) -> Step.of(s, Effect.DISMISS),
      /* wake */ (s, a) -> Step.of(s.asleep(false)),
      /* sleep */ (s, hangUp, a) -> Moves.fallAsleep(s)),

  /** Waits for the first frame. */
  OPENING(
      /* connect */ (s, a) -> Step.of(s),
      /* disconnect */ (s, a) -> Moves.toIdle(s),
      /* token */ (s, a) -> Step.of(s),
      /* tokenless */ Moves::tokenlessOpen,
      /* frame */ Moves::heard,
      /* denied */ Moves::denied,
      /* closed */ Moves::lost,
      /* due */ Moves::unanswered,
      /* probe */ (s, a) -> Step.of(s),
      /* adopt */ (s, a) -> Step.of(s, Effect.DISMISS),
      /* wake */ (s, a) -> Step.of(s.asleep(false)),
      /* sleep */ (s, hangUp, a) -> Moves.sleepOpen(s, hangUp)),

  /** Frames come. */
  OPEN(
      /* connect */ (s, a) -> Step.of(s),
      /* disconnect */ (s, a) -> Moves.toIdle(s),
      /* token */ (s, a) -> Step.of(s),
      /* tokenless */ Moves::tokenlessOpen,
      /* frame */ Moves::heard,
      /* denied */ Moves::denied,
      /* closed */ Moves::lost,
      /* due */ Moves::openDue,
      /* probe */ Moves::probe,
      /* adopt */ Moves::adopt,
      /* wake */ Moves::wakeOpen,
      /* sleep */ (s, hangUp, a) -> Moves.sleepOpen(s, hangUp)),

  /** A ping waits for any frame. */
  CHECKING(
      /* connect */ (s, a) -> Step.of(s),
      /* disconnect */ (s, a) -> Moves.toIdle(s),
      /* token */ (s, a) -> Step.of(s),
      /* tokenless */ Moves::tokenlessOpen,
      /* frame */ Moves::heard,
      /* denied */ Moves::denied,
      /* closed */ Moves::lost,
      /* due */ Moves::checkingDue,
      /* probe */ Moves::probe,
      /* adopt */ Moves::adopt,
      /* wake */ Moves::wakeOpen,
      /* sleep */ (s, hangUp, a) -> Moves.sleepOpen(s, hangUp)),

  /** The device is in the background. */
  SLEEPING(
      /* connect */ (s, a) -> Moves.begin(s.asleep(false)),
      /* disconnect */ (s, a) -> Moves.toIdle(s),
      /* token */ (s, a) -> Step.of(s),
      /* tokenless */ (s, fault, forGood, a) -> Step.of(s),
      /* frame */ (s, kind, a) -> Step.of(s),
      /* denied */ (s, fault, renewable, a) -> Step.of(s),
      /* closed */ (s, code, fault, afterMs, a) -> Step.of(s),
      /* due */ (s, a) -> Step.of(s),
      /* probe */ (s, a) -> Step.of(s),
      /* adopt */ (s, a) -> Step.of(s, Effect.DISMISS),
      /* wake */ (s, a) -> Moves.begin(s.asleep(false)),
      /* sleep */ (s, hangUp, a) -> Step.of(s)),

  /** The server, or the token source, said that coming back is of no use. */
  STOPPED(
      /* connect */ (s, a) -> Moves.beginAnew(s),
      /* disconnect */ (s, a) -> Moves.toIdle(s),
      /* token */ (s, a) -> Step.of(s),
      /* tokenless */ (s, fault, forGood, a) -> Step.of(s),
      /* frame */ (s, kind, a) -> Step.of(s),
      /* denied */ (s, fault, renewable, a) -> Step.of(s),
      /* closed */ (s, code, fault, afterMs, a) -> Step.of(s),
      /* due */ (s, a) -> Step.of(s),
      /* probe */ (s, a) -> Step.of(s),
      /* adopt */ (s, a) -> Step.of(s, Effect.DISMISS),
      /* wake */ (s, a) -> Step.of(s.asleep(false)),
      /* sleep */ (s, hangUp, a) -> Step.of(s.asleep(true)));

  private final Cells.Plain connect;
  private final Cells.Plain disconnect;
  private final Cells.Plain token;
  private final Cells.OnTokenless tokenless;
  private final Cells.OnFrame frame;
  private final Cells.OnDenied denied;
  private final Cells.OnClosed closed;
  private final Cells.Plain due;
  private final Cells.Plain probe;
  private final Cells.Plain adopt;
  private final Cells.Plain wake;
  private final Cells.OnSleep sleep;

  Phase(
      Cells.Plain connect,
      Cells.Plain disconnect,
      Cells.Plain token,
      Cells.OnTokenless tokenless,
      Cells.OnFrame frame,
      Cells.OnDenied denied,
      Cells.OnClosed closed,
      Cells.Plain due,
      Cells.Plain probe,
      Cells.Plain adopt,
      Cells.Plain wake,
      Cells.OnSleep sleep) {
    this.connect = connect;
    this.disconnect = disconnect;
    this.token = token;
    this.tokenless = tokenless;
    this.frame = frame;
    this.denied = denied;
    this.closed = closed;
    this.due = due;
    this.probe = probe;
    this.adopt = adopt;
    this.wake = wake;
    this.sleep = sleep;
  }

  /** The application asks for a connection. */
  public static Step connect(State s, Around a) {
    return s.phase.connect.take(s, a);
  }

  /** The application asks for none. */
  public static Step disconnect(State s, Around a) {
    return s.phase.disconnect.take(s, a);
  }

  /** A token is there, or none is needed. */
  public static Step token(State s, Around a) {
    return s.phase.token.take(s, a);
  }

  /** No token is to be had; {@code forGood}: by nobody but a person. */
  public static Step tokenless(State s, Fault fault, boolean forGood, Around a) {
    return s.phase.tokenless.take(s, fault, forGood, a);
  }

  /** A frame came. */
  public static Step frame(State s, FrameKind kind, Around a) {
    return s.phase.frame.take(s, kind, a);
  }

  /** The server does not take the token; {@code renewable}: another one can be had. */
  public static Step denied(State s, Fault fault, boolean renewable, Around a) {
    return s.phase.denied.take(s, fault, renewable, a);
  }

  /** The connection is gone; {@code afterMs}: what the server asked to wait, or 0. */
  public static Step closed(State s, int code, Fault fault, long afterMs, Around a) {
    return s.phase.closed.take(s, code, fault, afterMs, a);
  }

  /** The time {@link State#due} has come. */
  public static Step due(State s, Around a) {
    return s.phase.due.take(s, a);
  }

  /** The time {@link State#probeAt} has come. */
  public static Step probe(State s, Around a) {
    return s.phase.probe.take(s, a);
  }

  /** The probed transport has delivered a frame. */
  public static Step adopt(State s, Around a) {
    return s.phase.adopt.take(s, a);
  }

  /** The app is in front, the network changed, or the clock jumped. */
  public static Step wake(State s, Around a) {
    return s.phase.wake.take(s, a);
  }

  /** The app is in the background; {@code hangUp}: no connection may stay. */
  public static Step sleep(State s, boolean hangUp, Around a) {
    return s.phase.sleep.take(s, hangUp, a);
  }
}

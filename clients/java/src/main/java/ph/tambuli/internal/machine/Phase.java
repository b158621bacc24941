package ph.tambuli.internal.machine;

import ph.tambuli.ConnectionState.Status;

/**
 * The states of the one connection, as a table: the step of each phase on every event. A phase that leaves a cell open does
 * not compile. It is the table of the TypeScript client, without what tabs of a browser need.
 */
public enum Phase {
  /** Nobody asked for a connection. */
  IDLE(
      Status.DISCONNECTED,
      /* connect */ (s, a) -> s.beginAnew(),
      /* disconnect */ Step::none,
      /* token */ Step::none,
      /* tokenless */ Step::none,
      /* frame */ Step::none,
      /* denied */ Step::none,
      /* closed */ Step::none,
      /* due */ Step::none,
      /* probe */ Step::none,
      /* adopt */ Step::dismiss,
      /* wake */ State::awake,
      /* sleep */ State::asleep),

  /** Waits for the time {@link State#due}. A refused token is refused again: its pause is not cut short by a wake. */
  WAITING(
      Status.DISCONNECTED,
      /* connect */ (s, a) -> s.begin(),
      /* disconnect */ (s, a) -> s.idle(),
      /* token */ Step::none,
      /* tokenless */ Step::none,
      /* frame */ Step::none,
      /* denied */ Step::none,
      /* closed */ Step::none,
      /* due */ (s, a) -> s.begin(),
      /* probe */ Step::none,
      /* adopt */ Step::dismiss,
      /* wake */ (s, a) -> s.denials > 1 ? s.awake(a) : s.awoken().begin(),
      /* sleep */ State::fallAsleep),

  /** Waits for a token. */
  AUTHORIZING(
      Status.CONNECTING,
      /* connect */ Step::none,
      /* disconnect */ (s, a) -> s.idle(),
      /* token */ State::dial,
      /* tokenless */ State::tokenless,
      /* frame */ Step::none,
      /* denied */ Step::none,
      /* closed */ Step::none,
      /* due */ Step::none,
      /* probe */ Step::none,
      /* adopt */ Step::dismiss,
      /* wake */ State::awake,
      /* sleep */ State::fallAsleep),

  /** Waits for the first frame. */
  OPENING(
      Status.CONNECTING,
      /* connect */ Step::none,
      /* disconnect */ (s, a) -> s.idle(),
      /* token */ Step::none,
      /* tokenless */ State::tokenlessOpen,
      /* frame */ State::heard,
      /* denied */ State::denied,
      /* closed */ State::lost,
      /* due */ State::unanswered,
      /* probe */ Step::none,
      /* adopt */ Step::dismiss,
      /* wake */ State::awake,
      /* sleep */ State::asleep),

  /** Frames come. */
  OPEN(
      Status.CONNECTED,
      /* connect */ Step::none,
      /* disconnect */ (s, a) -> s.idle(),
      /* token */ Step::none,
      /* tokenless */ State::tokenlessOpen,
      /* frame */ State::heard,
      /* denied */ State::denied,
      /* closed */ State::lost,
      /* due */ State::openDue,
      /* probe */ State::probe,
      /* adopt */ State::adopt,
      /* wake */ State::wakeOpen,
      /* sleep */ State::asleep),

  /** A ping waits for any frame. */
  CHECKING(
      Status.CONNECTED,
      /* connect */ Step::none,
      /* disconnect */ (s, a) -> s.idle(),
      /* token */ Step::none,
      /* tokenless */ State::tokenlessOpen,
      /* frame */ State::heard,
      /* denied */ State::denied,
      /* closed */ State::lost,
      /* due */ State::checkingDue,
      /* probe */ State::probe,
      /* adopt */ State::adopt,
      /* wake */ State::wakeOpen,
      /* sleep */ State::asleep),

  /** The device is in the background. */
  SLEEPING(
      Status.DISCONNECTED,
      /* connect */ (s, a) -> s.awoken().begin(),
      /* disconnect */ (s, a) -> s.idle(),
      /* token */ Step::none,
      /* tokenless */ Step::none,
      /* frame */ Step::none,
      /* denied */ Step::none,
      /* closed */ Step::none,
      /* due */ Step::none,
      /* probe */ Step::none,
      /* adopt */ Step::dismiss,
      /* wake */ (s, a) -> s.awoken().begin(),
      /* sleep */ Step::none),

  /** The server, or the token source, said that coming back is of no use. */
  STOPPED(
      Status.DISCONNECTED,
      /* connect */ (s, a) -> s.beginAnew(),
      /* disconnect */ (s, a) -> s.idle(),
      /* token */ Step::none,
      /* tokenless */ Step::none,
      /* frame */ Step::none,
      /* denied */ Step::none,
      /* closed */ Step::none,
      /* due */ Step::none,
      /* probe */ Step::none,
      /* adopt */ Step::dismiss,
      /* wake */ State::awake,
      /* sleep */ State::asleep);

  /** The phase as an application sees it. */
  public final Status status;
  /** The application asks for a connection. */
  public final Cell connect;
  /** The application asks for none. */
  public final Cell disconnect;
  /** A token is there, or none is needed. */
  public final Cell token;
  /** No token is to be had. */
  public final Cell.With<Fault> tokenless;
  /** A frame of this type came; every one that shows a delivery is a {@code publication}. */
  public final Cell.With<String> frame;
  /** The server does not take the token. */
  public final Cell.With<Fault> denied;
  /** The connection is gone. */
  public final Cell.With<Fault> closed;
  /** The time {@link State#due} has come. */
  public final Cell due;
  /** The time {@link State#probeAt} has come. */
  public final Cell probe;
  /** The probed transport has delivered a frame. */
  public final Cell adopt;
  /** The app is in front, the network changed, or the clock jumped. */
  public final Cell wake;
  /** The app is in the background. */
  public final Cell sleep;

  Phase(
      Status status,
      Cell connect,
      Cell disconnect,
      Cell token,
      Cell.With<Fault> tokenless,
      Cell.With<String> frame,
      Cell.With<Fault> denied,
      Cell.With<Fault> closed,
      Cell due,
      Cell probe,
      Cell adopt,
      Cell wake,
      Cell sleep) {
    this.status = status;
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
}

package ph.tambuli.internal.machine;

/** The life of the one connection at one moment; never changed after the step that made it. */
public final class State implements Cloneable {
  public static final State INITIAL = new State();

  public Phase phase = Phase.IDLE;
  /** Index into the transports in use. */
  public int transport;
  /** Attempts since a publication was delivered; the pauses grow with it. */
  public int attempt;
  /** Connections in a row that died without a frame. */
  public int silent;
  /** Refusals of the token in a row. */
  public int denials;
  /** Whether this connection has delivered a frame beside the greeting. */
  public boolean heard;
  public long openedAt;
  /** 0 until a frame came. */
  public long lastHeardAt;
  /** When the phase ends by itself, on the wall clock; 0 for never. */
  public long due;
  /** When the first transport is tried beside this one; 0 for never. */
  public long probeAt;
  /** Checks in a row whose timer came too late to judge by. */
  public int late;
  /** The device is in the background: a lost connection is not replaced. */
  public boolean asleep;
  /** Null while all is well. */
  public Fault fault;

  private State() {}

  State next() {
    try {
      return (State) clone();
    } catch (CloneNotSupportedException impossible) {
      throw new AssertionError(impossible);
    }
  }

  State rest(Phase next) {
    State state = next();
    state.phase = next;
    state.due = 0;
    state.probeAt = 0;
    return state;
  }

  State rest(Phase next, Fault why) {
    State state = rest(next);
    state.fault = why;
    return state;
  }

  State asleep(boolean isAsleep) {
    State state = next();
    state.asleep = isAsleep;
    return state;
  }
}

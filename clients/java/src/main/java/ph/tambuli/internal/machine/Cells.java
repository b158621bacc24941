package ph.tambuli.internal.machine;

/** The forms of the cells of {@link Phase}, by what an event brings along. */
final class Cells {
  private Cells() {}

  interface Plain {
    Step take(State s, Around a);
  }

  interface OnTokenless {
    Step take(State s, Fault fault, boolean forGood, Around a);
  }

  interface OnFrame {
    Step take(State s, FrameKind kind, Around a);
  }

  interface OnDenied {
    Step take(State s, Fault fault, boolean renewable, Around a);
  }

  interface OnClosed {
    Step take(State s, int code, Fault fault, long afterMs, Around a);
  }

  interface OnSleep {
    Step take(State s, boolean hangUp, Around a);
  }
}

package ph.tambuli.internal.core;

/** Time, chance and the one thread of the client; tests replace them. */
public interface World {
  /** Milliseconds on the wall clock, which may jump. */
  long now();

  /** Milliseconds on a clock that nobody sets; it may stand still while the device sleeps. */
  long elapsed();

  /** From 0 to 1, 1 excluded. */
  double random();

  /** A text that no other client has. */
  String id();

  /** Runs the task on the thread of the client, after those that wait already. */
  void execute(Runnable task);

  /** Runs the task on the thread of the client after so many milliseconds, unless what it returns is run before. */
  Runnable after(long ms, Runnable task);
}

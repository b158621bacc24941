package ph.tambuli.internal.core;

/**
 * Tells when the clocks disagree: a phone that slept has a wall clock that ran on and another that stood still, and a clock
 * that somebody sets jumps in either direction.
 */
final class ClockWatch {
  /** Between two looks at the clocks. */
  private static final long WATCH_MS = 10_000;
  /** Clocks that disagree by more than this have been set, or the device slept. */
  private static final long JUMP_MS = 2_000;

  private final World world;
  private final Runnable jumped;
  private Runnable timer;

  ClockWatch(World world, Runnable jumped) {
    this.world = world;
    this.jumped = jumped;
  }

  void start() {
    if (timer == null) watch(world.now(), world.elapsed());
  }

  void stop() {
    if (timer != null) timer.run();
    timer = null;
  }

  private void watch(long wall, long elapsed) {
    timer =
        world.after(
            WATCH_MS,
            () -> {
              long now = world.now();
              long since = world.elapsed();
              boolean isJump = Math.abs((now - wall) - (since - elapsed)) > JUMP_MS || now - wall > 3 * WATCH_MS;
              watch(now, since);
              if (isJump) jumped.run();
            });
  }
}

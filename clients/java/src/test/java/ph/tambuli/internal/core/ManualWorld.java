package ph.tambuli.internal.core;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Queue;

/** Time that a test moves. */
public final class ManualWorld implements World {
  private final Queue<Runnable> tasks = new ArrayDeque<>();
  private final List<Planned> planned = new ArrayList<>();
  private long wall = 1_700_000_000_000L;
  private long elapsed = 1_000;
  private int ids;

  @Override
  public long now() {
    return wall;
  }

  @Override
  public long elapsed() {
    return elapsed;
  }

  @Override
  public double random() {
    return 0.5;
  }

  @Override
  public String id() {
    return "id" + ++ids;
  }

  @Override
  public void execute(Runnable task) {
    tasks.add(task);
  }

  @Override
  public Runnable after(long ms, Runnable task) {
    Planned plan = new Planned(elapsed + ms, task);
    planned.add(plan);
    return () -> planned.remove(plan);
  }

  /** Runs what waits to be run at this moment. */
  public void settle() {
    for (Runnable next = tasks.poll(); next != null; next = tasks.poll()) next.run();
  }

  /** Lets time pass, with every timer at its time. */
  public void advance(long ms) {
    long end = elapsed + ms;
    settle();
    for (; ; ) {
      Planned next = planned.stream().min(Comparator.comparingLong(plan -> plan.at)).orElse(null);
      if (next == null || next.at > end) break;
      planned.remove(next);
      wall += Math.max(0, next.at - elapsed);
      elapsed = Math.max(elapsed, next.at);
      next.task.run();
      settle();
    }
    wall += end - elapsed;
    elapsed = end;
  }

  /** The device sleeps: timers stand still, and the wall clock runs on. Or somebody sets the clock. */
  public void jump(long ms) {
    wall += ms;
  }

  private static final class Planned {
    final long at;
    final Runnable task;

    Planned(long at, Runnable task) {
      this.at = at;
      this.task = task;
    }
  }
}

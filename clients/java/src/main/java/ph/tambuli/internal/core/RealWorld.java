package ph.tambuli.internal.core;

import java.util.UUID;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/** The clocks of the device, and one thread. */
public final class RealWorld implements World, AutoCloseable {
  private final ScheduledThreadPoolExecutor thread;

  public RealWorld() {
    thread =
        new ScheduledThreadPoolExecutor(
            1,
            task -> {
              Thread made = new Thread(task, "tambuli");
              made.setDaemon(true);
              return made;
            });
    thread.setRemoveOnCancelPolicy(true);
  }

  @Override
  public long now() {
    return System.currentTimeMillis();
  }

  @Override
  public long elapsed() {
    return System.nanoTime() / 1_000_000;
  }

  @Override
  public double random() {
    return ThreadLocalRandom.current().nextDouble();
  }

  @Override
  public String id() {
    return UUID.randomUUID().toString();
  }

  @Override
  public void execute(Runnable task) {
    try {
      thread.execute(reporting(task));
    } catch (RejectedExecutionException closed) {
      // The client was closed: what comes late is of no use.
      return;
    }
  }

  @Override
  public Timer after(long ms, Runnable task) {
    try {
      Future<?> planned = thread.schedule(reporting(task), ms, TimeUnit.MILLISECONDS);
      return () -> planned.cancel(false);
    } catch (RejectedExecutionException closed) {
      return () -> {};
    }
  }

  @Override
  public void close() {
    thread.shutdown();
    thread.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
  }

  /** A fault of the client itself must not end in silence: an executor keeps what a task throws to itself. */
  private static Runnable reporting(Runnable task) {
    return () -> {
      try {
        task.run();
      } catch (RuntimeException | Error fault) {
        Thread current = Thread.currentThread();
        Thread.UncaughtExceptionHandler handler = current.getUncaughtExceptionHandler();
        handler.uncaughtException(current, fault);
      }
    };
  }
}

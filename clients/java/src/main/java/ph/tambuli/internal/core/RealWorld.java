package ph.tambuli.internal.core;

import java.util.UUID;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** The clocks of the device, and one thread. */
public final class RealWorld implements World, AutoCloseable {
  private final ScheduledThreadPoolExecutor thread;
  private final Consumer<RuntimeException> fault;

  /** {@code fault} hears of a fault of the client itself, which must not end in silence. */
  public RealWorld(Consumer<RuntimeException> fault) {
    this.fault = fault;
    thread =
        new ScheduledThreadPoolExecutor(
            1,
            task -> {
              Thread made = new Thread(task, "tambuli");
              made.setDaemon(true);
              return made;
            });
    thread.setRemoveOnCancelPolicy(true);
    thread.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
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
    offer(task);
  }

  /** Returns false where the client was closed: what comes late is not carried out. */
  public boolean offer(Runnable task) {
    try {
      thread.execute(reporting(task));
      return true;
    } catch (RejectedExecutionException closed) {
      return false;
    }
  }

  @Override
  public Runnable after(long ms, Runnable task) {
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
  }

  /** An executor keeps what a task throws to itself. */
  private Runnable reporting(Runnable task) {
    return () -> {
      try {
        task.run();
      } catch (RuntimeException thrown) {
        fault.accept(thrown);
      }
    };
  }
}

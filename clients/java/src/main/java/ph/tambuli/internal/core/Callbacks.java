package ph.tambuli.internal.core;

import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import ph.tambuli.ClientListener;
import ph.tambuli.TambuliException;

/** Everything that an application hears, on its executor alone, one call after the other. */
public final class Callbacks {
  private final Executor executor;
  private final Queue<Runnable> waiting = new ArrayDeque<>();
  private final List<ClientListener> listeners = new CopyOnWriteArrayList<>();
  private boolean isRunning;

  public Callbacks(Executor executor) {
    this.executor = executor;
  }

  public void add(ClientListener listener) {
    listeners.add(listener);
  }

  public void remove(ClientListener listener) {
    listeners.remove(listener);
  }

  /** Calls that wait. */
  public synchronized int backlog() {
    return waiting.size();
  }

  /** Runs the call behind those that wait; {@code channel} is that of a failure in it, or null. */
  public void run(String channel, Runnable call) {
    synchronized (this) {
      waiting.add(() -> runSafely(channel, call));
      if (isRunning) return;
      isRunning = true;
    }
    hand();
  }

  /** Tells every listener of the client. */
  public void tell(Consumer<ClientListener> telling) {
    for (ClientListener each : listeners) run(null, () -> telling.accept(each));
  }

  public void error(TambuliException error) {
    tell(listener -> listener.onError(error));
  }

  /** Tells of a failure that has no sentence of the server. */
  public void error(String code, String channel, Exception cause) {
    error(Sentences.exception(code, cause.toString(), channel, cause));
  }

  public <T> void keep(String channel, CompletableFuture<T> promise, T value) {
    run(channel, () -> promise.complete(value));
  }

  public void fail(CompletableFuture<?> promise, TambuliException failure) {
    run(failure.channel(), () -> promise.completeExceptionally(failure));
  }

  /** One call a task: an executor of a user interface draws in between. */
  private void hand() {
    try {
      executor.execute(this::runNext);
    } catch (RejectedExecutionException over) {
      // The application shut its executor down: nobody listens any more.
      synchronized (this) {
        waiting.clear();
        isRunning = false;
      }
    }
  }

  private void runNext() {
    Runnable next;
    synchronized (this) {
      next = waiting.poll();
    }
    if (next != null) next.run();
    synchronized (this) {
      isRunning = !waiting.isEmpty();
      if (!isRunning) return;
    }
    hand();
  }

  private void runSafely(String channel, Runnable call) {
    try {
      call.run();
    } catch (RuntimeException failure) {
      TambuliException error = Sentences.exception("handler_failed", failure.toString(), channel, failure);
      for (ClientListener each : listeners) tellSafely(each, error);
    }
  }

  /** A listener that throws at the news that it threw gets no more news of it. */
  private static void tellSafely(ClientListener listener, TambuliException error) {
    try {
      listener.onError(error);
    } catch (RuntimeException again) {
      error.addSuppressed(again);
    }
  }
}

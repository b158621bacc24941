package androidx.work;

import android.content.Context;

/** Stub: what the adapters use of AndroidX's class. */
public abstract class ListenableWorker {
  private final Context context;

  public ListenableWorker(Context context, WorkerParameters parameters) {
    this.context = context;
  }

  public final Context getApplicationContext() {
    return context.getApplicationContext();
  }

  /** Stub of AndroidX's class. */
  public abstract static class Result {
    public static Result success() {
      return new Success();
    }

    public static Result retry() {
      return new Retry();
    }

    /** Stub of AndroidX's class. */
    public static final class Success extends Result {}

    /** Stub of AndroidX's class. */
    public static final class Retry extends Result {}
  }
}

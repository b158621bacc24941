package androidx.work;

import android.content.Context;

/** Stub: what the adapters use of AndroidX's class. */
public abstract class Worker extends ListenableWorker {
  public Worker(Context context, WorkerParameters parameters) {
    super(context, parameters);
  }

  public abstract Result doWork();
}

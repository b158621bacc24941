package androidx.work;

import android.content.Context;

/** Stub: what the adapters use of AndroidX's class. */
public abstract class WorkManager {
  public static WorkManager getInstance(Context context) {
    throw new UnsupportedOperationException("This is a stub.");
  }

  public abstract void enqueueUniquePeriodicWork(
      String name, ExistingPeriodicWorkPolicy policy, PeriodicWorkRequest request);
}

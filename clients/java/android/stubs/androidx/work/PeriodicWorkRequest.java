package androidx.work;

import java.util.concurrent.TimeUnit;

/** Stub: what the adapters use of AndroidX's class. */
public final class PeriodicWorkRequest {
  /** Stub of AndroidX's class. */
  public static final class Builder {
    public Builder(Class<? extends ListenableWorker> worker, long interval, TimeUnit unit) {}

    public Builder setConstraints(Constraints constraints) {
      return this;
    }

    public PeriodicWorkRequest build() {
      return new PeriodicWorkRequest();
    }
  }
}

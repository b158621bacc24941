package androidx.work;

/** Stub: what the adapters use of AndroidX's enum. */
public enum ExistingPeriodicWorkPolicy {
  KEEP
}

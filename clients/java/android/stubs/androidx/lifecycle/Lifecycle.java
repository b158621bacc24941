package androidx.lifecycle;

/** Stub: what the adapters use of AndroidX's class. */
public abstract class Lifecycle {
  public abstract void addObserver(LifecycleObserver observer);
}

package androidx.lifecycle;

/** Stub: what the adapters use of AndroidX's interface. */
public interface LifecycleOwner {
  Lifecycle getLifecycle();
}

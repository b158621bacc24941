package androidx.lifecycle;

/** Stub: what the adapters use of AndroidX's interface. */
public interface DefaultLifecycleObserver extends LifecycleObserver {
  default void onStart(LifecycleOwner owner) {}

  default void onStop(LifecycleOwner owner) {}
}

package androidx.lifecycle;

/** Stub: what the adapters use of AndroidX's class. */
public final class ProcessLifecycleOwner {
  private ProcessLifecycleOwner() {}

  public static LifecycleOwner get() {
    throw new UnsupportedOperationException("This is a stub.");
  }
}

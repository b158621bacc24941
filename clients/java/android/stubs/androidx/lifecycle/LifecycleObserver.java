package androidx.lifecycle;

/** Stub of AndroidX's interface. */
public interface LifecycleObserver {}

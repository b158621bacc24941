package androidx.lifecycle;

/** Stub: what the example uses of AndroidX's interface. */
public interface Observer<T> {
  void onChanged(T value);
}

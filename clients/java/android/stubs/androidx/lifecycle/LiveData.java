package androidx.lifecycle;

/** Stub: what the example uses of AndroidX's class. */
public abstract class LiveData<T> {
  public abstract void observeForever(Observer<? super T> observer);

  public abstract void removeObserver(Observer<? super T> observer);
}

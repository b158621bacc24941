package android.os;

/** Stub: what the example uses of Android's class. */
public class Handler {
  public Handler(Looper looper) {}

  public final boolean post(Runnable task) {
    throw new UnsupportedOperationException("This is a stub.");
  }
}

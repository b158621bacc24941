package android.os;

/** Stub: what the example uses of Android's class. */
public final class Looper {
  private Looper() {}

  public static Looper getMainLooper() {
    throw new UnsupportedOperationException("This is a stub.");
  }
}

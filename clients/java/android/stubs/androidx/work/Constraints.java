package androidx.work;

/** Stub: what the adapters use of AndroidX's class. */
public final class Constraints {
  /** Stub of AndroidX's class. */
  public static final class Builder {
    public Builder setRequiredNetworkType(NetworkType type) {
      return this;
    }

    public Constraints build() {
      return new Constraints();
    }
  }
}
